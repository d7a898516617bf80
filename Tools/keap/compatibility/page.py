"""The tables and counts of docs/keap-compatibility.md. What stands between its marks is written here, the rest by hand."""

import dataclasses
import re

from mutation import tree

from . import operations, table

PAGE = tree.ROOT / "docs" / "keap-compatibility.md"
MARK = re.compile(r"(?ms)^<!-- made: (\w+) -->\n(.*?)^<!-- end -->$")


@dataclasses.dataclass(frozen=True)
class Facts:
    documents: dict
    rows: list
    # The row of each operation.
    settled: dict
    # The title of each test, by `Suite/function`.
    titles: dict
    # None where there is no bridge.
    methods: list

    @property
    def areas(self):
        """The areas in the table's order, each with its operations and their rows."""
        found = {row.area: [] for row in self.rows}
        for operation, row in self.settled.items():
            found[row.area].append((operation, row))
        return found


def lines_of_table(head, rows):
    def line(cells):
        return "|" + "|".join(f" {cell.replace('|', '¦')} " if cell else " " for cell in cells) + "|\n"

    return line(head) + "|---" * len(head) + "|\n" + "".join(map(line, rows))


def tally(states):
    """How often each state is there; nothing for one that is not."""
    states = list(states)
    return [str(states.count(state) or "") for state in table.STATES]


def counts(facts):
    def tallies(pairs):
        return [
            count for version in operations.LISTS
            for count in tally(row.state for operation, row in pairs if operation.version == version)
        ]

    rows = [[area, *tallies(pairs)] for area, pairs in facts.areas.items()]
    rows.append(["all", *tallies(facts.settled.items())])
    head = [""] + [f"{version} {state}" for version in operations.LISTS for state in table.STATES]
    return lines_of_table(head, rows)


def documents(facts):
    parts = [
        f"{version} of {document.date} ({len(document.operations)} operations)"
        for version, document in facts.documents.items()
    ]
    return f"It was held against Keap's OpenAPI documents: {' and '.join(parts)}.\n"


def served(facts):
    """The areas in which something is there, an operation a line and in the table's order."""
    parts = []
    for area, pairs in facts.areas.items():
        if all(row.state == "not there" for _, row in pairs):
            continue
        order = {row.place: number for number, row in enumerate(facts.rows)}
        rows = [
            [f"`{operation}`", row.state, row.words or f"“{facts.titles[row.test]}”"]
            for operation, row in sorted(pairs, key=lambda pair: order[pair[1].place])
        ]
        head = ["operation", "", "how it differs, why it is not there, or the test"]
        parts.append(f"### {area}\n\n" + lines_of_table(head, rows))
    return "\n".join(parts)


def absent(facts):
    """The areas in which nothing is there, with the methods of each path."""
    rows = []
    for area, pairs in facts.areas.items():
        if any(row.state != "not there" for _, row in pairs):
            continue
        for why in dict.fromkeys(row.words for _, row in pairs):
            methods = {}
            for operation, row in pairs:
                if row.words == why:
                    methods.setdefault(operation.path, []).append(operation.method)
            paths = [f"`{path}` {', '.join(names)}" for path, names in methods.items()]
            rows.append([area, why, "<br>".join(paths)])
    return lines_of_table(["", "why", "operations"], rows)


def xmlrpc(facts):
    """Nothing where there is no bridge."""
    if facts.methods is None:
        return ""
    works, differs, absent = (count or "0" for count in tally(method.state for method in facts.methods))
    text = (
        "\n## XML-RPC, through the bridge\n\nThe bridge takes calls of Keap's XML-RPC and makes calls of REST of them. Of the "
        f"{len(facts.methods)} methods that it knows {works} work as they did, {differs} differ, and {absent} are refused with "
        "a fault that says what to do.\n\n")
    rows = [[f"`{method.name}`", method.arguments, method.state, method.words] for method in facts.methods]
    head = ["method", "arguments after the key", "", "how it differs, or why it is not there and what to do"]
    return text + lines_of_table(head, rows)


PARTS = {"counts": counts, "documents": documents, "served": served, "absent": absent, "xmlrpc": xmlrpc}


def renew(facts, errors, write):
    """Writes the page anew, or complains of each part that is not as it would be written."""
    text = tree.read(PAGE)
    marks = [match.group(1) for match in MARK.finditer(text)]
    if sorted(marks) != sorted(PARTS):
        due = ", ".join(PARTS)
        errors.append(f"{tree.name_of(PAGE)}: the page has the marks {', '.join(marks)}, and not {due}, each once.")
        return

    def made(match):
        return f"<!-- made: {match.group(1)} -->\n{PARTS[match.group(1)](facts)}<!-- end -->"

    if write:
        tree.write(PAGE, MARK.sub(made, text))
        return
    stale = [match.group(1) for match in MARK.finditer(text) if match.group(0) != made(match)]
    errors += [
        f"{tree.name_of(PAGE)}: the part {part} is not as the table and the sources are; run Tools/keap/documents --write."
        for part in stale
    ]
