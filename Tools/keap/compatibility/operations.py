"""The operations of Keap's REST, as the lists beside this package have them."""

import dataclasses
import re

from mutation import tree

FOLDER = tree.ROOT / "Tools" / "keap"
LISTS = {version: FOLDER / f"operations-{version}.txt" for version in ("v1", "v2")}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclasses.dataclass(frozen=True)
class Operation:
    method: str
    path: str

    @property
    def key(self):
        """What is the same for two operations that only call a part of the path by another name."""
        return self.method, nameless(self.path)

    @property
    def version(self):
        return self.path.split("/")[1]

    def __str__(self):
        return f"{self.method} {self.path}"


@dataclasses.dataclass(frozen=True)
class Document:
    date: str
    digest: str
    operations: list


def nameless(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def read(version, errors):
    path = LISTS[version]
    facts, operations = {}, []
    for number, line in enumerate(tree.read(path).splitlines(), 1):
        method, _, rest = line.partition(" ")
        if method in METHODS and rest.startswith(f"/{version}/"):
            operations.append(Operation(method, rest))
        elif method in ("document:", "sha256:"):
            facts[method] = rest
        elif line and not line.startswith("#"):
            errors.append(f"{tree.name_of(path)}:{number}: this is no operation of {version}.")
    errors += [f"{tree.name_of(path)}: {name} is missing." for name in ("document:", "sha256:") if name not in facts]
    return Document(facts.get("document:"), facts.get("sha256:"), operations)
