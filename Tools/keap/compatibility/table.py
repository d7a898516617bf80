"""The table: what becomes of each operation."""

import dataclasses

from mutation import tree

from . import operations
from .operations import Operation

TABLE = operations.FOLDER / "table.txt"
STATES = ("works", "differs", "not there")


@dataclasses.dataclass(frozen=True)
class Row:
    area: str
    operation: Operation
    state: str
    # How it differs, or why it is not there.
    words: str
    # `Suite/function`.
    test: str
    place: str

    @property
    def is_group(self):
        return self.operation.method == "*"

    def covers(self, operation):
        if not self.is_group:
            return self.operation.key == operation.key
        path, own = operations.nameless(operation.path), operations.nameless(self.operation.path)
        return path.startswith(own) and path[len(own):][:1] in ("", "/", ":")


def read(errors):
    rows, area = [], None
    for number, line in enumerate(tree.read(TABLE).splitlines(), 1):
        place = f"{tree.name_of(TABLE)}:{number}"
        if line.startswith("["):
            area = line.strip("[]")
        elif line and not line.startswith("#"):
            row = read_row(line, area, place)
            if row:
                rows.append(row)
            else:
                errors.append(f"{place}: this is no line of the table; its head says what one is.")
    return rows


def read_row(line, area, place):
    head, state, *rest = [cell.strip() for cell in line.split("|")] + [""]
    method, _, path = head.partition(" ")
    rest = [cell for cell in rest if cell]
    most = {"works": 1, "differs": 2, "not there": 1}.get(state, 0)
    known = method in operations.METHODS or method == "*" and state == "not there"
    if area is None or not known or not path.startswith("/") or not 1 <= len(rest) <= most:
        return None
    words, test = ("", rest[0]) if state == "works" else (rest[0], (rest + [""])[1])
    return Row(area, Operation(method, path), state, words, test, place)


def settle(rows, listed, errors):
    """The row of each listed operation: its own, else the group's with the longest path."""
    own, settled = {}, {}
    for row in rows:
        if not row.is_group:
            if row.operation.key in own:
                errors.append(f"{row.place}: {row.operation} has a line already.")
            own[row.operation.key] = row
    groups = sorted((row for row in rows if row.is_group), key=lambda row: -len(row.operation.path))
    for operation in listed:
        row = own.get(operation.key) or next((group for group in groups if group.covers(operation)), None)
        if row:
            settled[operation] = row
        else:
            errors.append(f"{tree.name_of(TABLE)}: {operation} has no line.")
    used = {row.place for row in settled.values()}
    errors += [f"{row.place}: Keap's document has no such operation." for row in rows if row.place not in used]
    return settled
