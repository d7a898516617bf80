"""The tables of laws in the documents, written from the sources, and the tests that the table of faults names."""

import re

from . import tables, tree

DOCUMENTS = [tree.ROOT / "docs" / "security.md", tree.ROOT / "docs" / "reliability.md"]
FAULTS = tree.ROOT / "docs" / "faults.md"


def proofs(law, tests):
    """The law's tests by suite, as a cell of a table."""
    suites = {}
    for test in tests:
        if test.names(law):
            title = re.sub(r"^[KP]\d[^:]*: ", "", test.title)
            suites.setdefault(test.identifier.split("/")[0], []).append(f"“{title}”")
    return "<br>".join(f"{suite}: {'; '.join(titles)}" for suite, titles in sorted(suites.items()))


def breaches(law, mutants):
    """What the law's mutants break, as a cell of a table."""
    return "; ".join(mutant.label for mutant in mutants if mutant.law == law)


def with_tables(text, mutants, tests):
    """The text of a document with the columns “proved by” and “broken by” as the sources have them now."""
    head, lines = [], []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
        elif re.fullmatch(r"[KP]\d+", cells[0]) and len(cells) == len(head):
            made = {"proved by": proofs(cells[0], tests), "broken by": breaches(cells[0], mutants)}
            cells = [made.get(name, cell).replace("|", "¦") for name, cell in zip(head, cells)]
            line = f"| {' | '.join(cells)} |"
        lines.append(line)
    return "\n".join(lines) + "\n"


def unwritten(errors):
    """Complains of each law that no document has a row for."""
    rows = {law for path in DOCUMENTS for law in re.findall(r"(?m)^\| *([KP]\d+) *\|", tree.read(path))}
    names = " nor ".join(map(tree.name_of, DOCUMENTS))
    errors += [f"{tree.name_of(tables.LAWS)}: {law} has a row in neither {names}." for law in tables.read_laws() if law not in rows]


def renew(mutants, tests, errors, write):
    """Writes the tables anew, or complains of each row that is not as it would be written."""
    for path in DOCUMENTS:
        text = tree.read(path)
        made = with_tables(text, mutants, tests)
        if write:
            tree.write(path, made)
            continue
        for number, (line, due) in enumerate(zip(text.splitlines(), made.splitlines()), 1):
            if line != due:
                law = due.split("|")[1].strip()
                errors.append(f"{tree.name_of(path)}:{number}: {law} is not told as the sources are; run Tools/mutants/documents --write.")


QUOTED = re.compile(r"“((?:[^“”]|“[^”]*”)*)”")
NUMBERS = re.compile(r"^(?:[KP]\d+(?:(?: to |[-–]) ?[KP]?\d+)?,? ?)+:? ?")


def faults(tests, errors):
    """Each row of the table of faults names tests that are there, with or without their laws."""
    titles = {test.title.replace('\\"', '"') for test in tests}
    titles |= {NUMBERS.sub("", title) for title in titles}
    for number, line in enumerate(tree.read(FAULTS).splitlines(), 1):
        proof = line.strip("|").split("|")[-1]
        for title in QUOTED.findall(proof) if line.startswith("|") else []:
            if title not in titles:
                errors.append(f"{tree.name_of(FAULTS)}:{number}: there is no test “{title}”.")


def run(write):
    errors = []
    mutants, tests = tables.read(errors), tables.read_tests()
    if not errors:
        renew(mutants, tests, errors, write)
    unwritten(errors)
    faults(tests, errors)
    return errors
