"""The methods of XML-RPC that the bridge knows, read out of the sources, where it is there."""

import dataclasses
import re

from mutation import tree

FOLDER = tree.ROOT / "Sources" / "Bridge"

STRING = r'"(?:[^"\\]|\\.)*"'
TEXT = rf"{STRING}(?:\s*\+\s*{STRING})*"
METHOD = re.compile(
    rf"""BridgeMethod\(\s*({TEXT}),\s*({TEXT}),\s*
    \.(?:(exact)|(differs)\(\s*({TEXT})\s*\)|(refused)\(\s*why:\s*({TEXT}),\s*instead:\s*({TEXT})\s*\))\s*\)""", re.X)
STATES = {"exact": "works", "differs": "differs", "refused": "not there"}


@dataclasses.dataclass(frozen=True)
class Method:
    name: str
    arguments: str
    state: str
    words: str

    @property
    def service(self):
        return self.name.split(".")[0]


def joined(text):
    """A literal, or several with plus signs between, as one text."""
    return re.sub(r'\\(["\\])', r"\1", "".join(part[1:-1] for part in re.findall(STRING, text or "")))


def read(errors):
    """None where there is no bridge."""
    if not FOLDER.is_dir():
        return None
    methods, written = [], 0
    for path in sorted(FOLDER.glob("**/*.swift")):
        text = tree.read(path)
        written += len(re.findall(r'\bBridgeMethod\(\s*"', text))
        for name, arguments, exact, differs, how, refused, why, instead in METHOD.findall(text):
            words = f"{joined(why)} {joined(instead)}" if refused else joined(how)
            methods.append(Method(joined(name), joined(arguments), STATES[exact or differs or refused], words))
    if not methods or written != len(methods):
        errors.append(f"{tree.name_of(FOLDER)}: {written} methods are written and {len(methods)} understood.")
    names = [method.name for method in methods]
    twice = sorted({name for name in names if names.count(name) > 1})
    errors += [f"{tree.name_of(FOLDER)}: {name} is there twice." for name in twice]
    return methods
