"""The survivors of a sweep that were judged: what they are, and why they change nothing that the program does."""

import collections

from . import tree
from .making import schemata

TABLE = tree.TABLES / "harmless.txt"


def read(errors):
    """Why each of them is harmless, by the identity of the mutant."""
    known, record = {}, collections.defaultdict(list)
    for number, line in enumerate([*tree.read(TABLE).splitlines(), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            key, colon, value = line.partition(":")
            if not colon or key not in ("file", "in", "find", "with", "why"):
                errors.append(f"{tree.name_of(TABLE)}:{number}: \"{line[:40]}\" is not file:, in:, find:, with: or why:.")
                continue
            record[key].append(value.strip())
        elif record:
            errors += faults(record, number)
            found = schemata.squeezed(record["find"])
            put = schemata.squeezed(record["with"])
            known[("".join(record["file"]), "".join(record["in"]), found, put)] = " ".join(record["why"])
            record = collections.defaultdict(list)
    return known


def faults(record, number):
    """What is wrong with the record that ends before a line."""
    place = f"{tree.name_of(TABLE)}:{number - 1}"
    missing = [key for key in ("file", "find", "why") if not "".join(record[key])]
    if missing:
        return [f"{place}: {', '.join(missing)} is missing."]
    file = tree.ROOT / record["file"][0]
    if not file.is_file():
        return [f"{place}: there is no {record['file'][0]}."]
    if schemata.squeezed(record["find"]) not in schemata.squeezed(tree.read(file).splitlines()):
        return [f"{place}: the text is gone from {record['file'][0]}; judge what stands there now, or take this out."]
    return []
