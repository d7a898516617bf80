"""The operations of Keap's REST that the issuer has, as Tools/keap/table.txt tells."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent
TABLE = FOLDER.parents[3] / "Tools" / "keap" / "table.txt"


def nameless(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def read():
    """Method and path without names, and whether it works or differs."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        head, *cells = [cell.strip() for cell in line.split("|")]
        if cells and not line.startswith("#") and cells[0] in ("works", "differs"):
            method, _, path = head.partition(" ")
            found[method, nameless(path)] = cells[0]
    return found


STATES = read()


def has(method, path):
    return (method.upper(), nameless(path)) in STATES


def works(method, path):
    return STATES.get((method.upper(), nameless(path))) == "works"
