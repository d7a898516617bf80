"""The lists of operations beside Keap's own documents, for whoever has these."""

import hashlib
import json
import re

from mutation import tree

from . import operations


def of_json(text):
    return [(method, path) for path, item in json.loads(text)["paths"].items() for method in item]


def of_yaml(text):
    """Paths and methods by their indentation, which spares a package that reads YAML."""
    found, path, inside = [], None, False
    for line in text.splitlines():
        if re.match(r"\S", line):
            inside = line.startswith("paths:")
        elif inside and (match := re.fullmatch(r"""  (['"]?)(/.*)\1:\s*""", line)):
            path = match.group(2)
        elif inside and (match := re.fullmatch(r"    ([a-z]+):.*", line)):
            found.append((match.group(1), path))
    return found


def run(*files):
    complaints = []
    for (version, listed), file in zip(operations.LISTS.items(), files):
        document = operations.read(version, complaints)
        content = file.read_bytes()
        text = content.decode("utf-8")
        pairs = of_json(text) if text.lstrip().startswith("{") else of_yaml(text)
        there = {
            f"{method.upper()} {path.removeprefix('/rest')}" for method, path in pairs if method.upper() in operations.METHODS
        }
        known = {str(operation) for operation in document.operations}
        complaints += [f"{tree.name_of(listed)}: {file.name} has {one}, which is not listed." for one in sorted(there - known)]
        complaints += [f"{tree.name_of(listed)}: {one} is not in {file.name}." for one in sorted(known - there)]
        if hashlib.sha256(content).hexdigest() != document.digest:
            complaints.append(f"{tree.name_of(listed)}: {file.name} is another file than the one of {document.date}.")
        tree.say(f"{version}: {len(there)} operations in {file.name}, {len(known)} listed")
    return complaints
