"""The tables of mutants that were written by hand, the laws, and the tests that must catch them."""

import re
from dataclasses import dataclass, field

from . import tree

# What stands beside the tables.
OTHERS = ("laws.txt", "harmless.txt")


@dataclass
class Test:
    target: str
    identifier: str
    title: str

    @property
    def filter(self):
        return "^" + re.escape(f"{self.target}.{self.identifier}") + r"\("

    def names(self, law):
        return law in laws_in(self.title)


@dataclass
class Mutant:
    place: str
    law: str = ""
    name: str = ""
    file: str = ""
    find: str = ""
    put: str = ""
    test: str = ""
    tests: list = field(default_factory=list)

    @property
    def label(self):
        return self.name or f"{self.file}: {self.find.strip().splitlines()[0].strip()[:60]}"

    @property
    def target(self):
        return self.tests[0].target


# -- the tables

def laws_in(title):
    """The laws that a test's title names: single ones, lists, and ranges such as P17–P20."""
    laws = set()
    for letter, first, last in re.findall(r"(?<![A-Za-z0-9])([KP])(\d+)(?:\s*(?:[-–]|to)\s*\1(\d+))?(?![A-Za-z0-9])", title):
        laws.update(f"{letter}{number}" for number in range(int(first), int(last or first) + 1))
    return laws


def read_laws():
    lines = (tree.ROOT / "mutants" / "laws.txt").read_text(encoding="utf-8").splitlines()
    return [law for line in lines if not line.startswith("#") for law in line.split()]


def read_table(path, errors):
    mutants, current, seen = [], None, {}
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        place = f"{path.relative_to(tree.ROOT)}:{number}"
        if line.startswith("#"):
            continue
        if not line.strip():
            if current:
                mutants.append(finish(current, seen, errors))
            current, seen = None, {}
            continue
        key, colon, value = line.partition(":")
        if not colon or key not in ("law", "name", "file", "find", "with", "test"):
            errors.append(f"{place}: \"{line[:40]}\" is not law:, name:, file:, find:, with: or test:.")
            continue
        current = current or Mutant(place)
        if key in seen and key not in ("find", "with"):
            errors.append(f"{place}: {key}: is given twice; separate mutants by a blank line.")
        seen.setdefault(key, []).append(value.removeprefix(" "))
    return mutants


def finish(mutant, seen, errors):
    for key in ("law", "file", "find", "with"):
        if key not in seen:
            errors.append(f"{mutant.place}: {key}: is missing.")
    mutant.law = seen.get("law", [""])[0].strip()
    mutant.name = seen.get("name", [""])[0].strip()
    mutant.file = seen.get("file", [""])[0].strip()
    mutant.test = seen.get("test", [""])[0].strip()
    mutant.find = "\n".join(seen.get("find", []))
    mutant.put = "\n".join(seen.get("with", []))
    return mutant


# -- the tests, as the sources name them

ATTRIBUTE = re.compile(r"^(\s*)@Test\b")
FUNCTION = re.compile(r"\bfunc\s+(`[^`]+`|\w+)\s*(?:<[^>]*>)?\s*\(")
TYPE = re.compile(r"^(\s*)(?:@\w+(?:\(.*\))?\s+)*(?:\w+\s+)*(?:struct|class|enum|actor|extension)\s+(\w+)")


def read_tests():
    tests = []
    for path in sorted((tree.ROOT / "Tests").glob("*/**/*.swift")):
        target = path.relative_to(tree.ROOT / "Tests").parts[0]
        lines = path.read_text(encoding="utf-8").splitlines()
        enclosing = []
        for number, line in enumerate(lines):
            indentation = len(line) - len(line.lstrip())
            if line.strip():
                enclosing = [(depth, name) for depth, name in enclosing if depth < indentation]
            if found := TYPE.match(line):
                enclosing.append((len(found.group(1)), found.group(2)))
            if not ATTRIBUTE.match(line):
                continue
            declaration = "\n".join(lines[number : number + 60])
            function = FUNCTION.search(declaration)
            if not function:
                continue
            displayed = re.match(r'\s*@Test\(\s*"((?:[^"\\]|\\.)*)"', declaration[: function.start()])
            name = function.group(1)
            path_of_types = "/".join(name for _, name in enclosing)
            identifier = f"{path_of_types}/{name}" if path_of_types else name
            tests.append(Test(target, identifier, displayed.group(1) if displayed else name.strip("`")))
    return tests


def choose_tests(mutant, tests, errors):
    own = [test for test in tests if test.names(mutant.law)]
    if mutant.test:
        try:
            pattern = re.compile(mutant.test)
        except re.error as error:
            errors.append(f"{mutant.place}: test: is no regular expression: {error}.")
            return
        chosen = [test for test in tests if pattern.search(test.title) or pattern.search(f"{test.target}.{test.identifier}()")]
        if chosen and not any(test.names(mutant.law) for test in chosen):
            errors.append(
                f"{mutant.place}: none of the tests that test: finds carries {mutant.law} in its name; "
                f"\"{chosen[0].title}\" is one. Name the law's own test.")
            return
    else:
        chosen = own
    if not chosen:
        found = f"matches \"{mutant.test}\"" if mutant.test else f"carries {mutant.law} in its display name"
        errors.append(f"{mutant.place}: {mutant.law}: no test {found}.")
        return
    # One target per mutant: the one with most of the law's own tests.
    targets = sorted({test.target for test in chosen})
    best = max(targets, key=lambda target: sum(test.names(mutant.law) for test in chosen if test.target == target))
    mutant.tests = [test for test in chosen if test.target == best]


def check(errors):
    laws, mutants = read_laws(), []
    for path in sorted((tree.ROOT / "mutants").glob("*.txt")):
        if path.name not in OTHERS:
            mutants += read_table(path, errors)
    tests = read_tests()
    for mutant in mutants:
        if mutant.law and mutant.law not in laws:
            errors.append(f"{mutant.place}: {mutant.law} is not in mutants/laws.txt; add it there.")
        source = tree.ROOT / mutant.file
        if mutant.file and not source.is_file():
            errors.append(f"{mutant.place}: {mutant.law}: there is no {mutant.file}.")
        elif mutant.file and mutant.find:
            count = source.read_text(encoding="utf-8").count(mutant.find)
            if count != 1:
                errors.append(f"{mutant.place}: {mutant.law}: the text stands {count} times in {mutant.file}; it must be once.")
        if mutant.find == mutant.put:
            errors.append(f"{mutant.place}: {mutant.law}: the replacement is the text itself.")
        choose_tests(mutant, tests, errors)
    for law in laws:
        if not any(mutant.law == law for mutant in mutants):
            errors.append(f"mutants/laws.txt: {law} has no mutant.")
    return mutants


# -- the tables of laws in the documents

DOCUMENTS = [tree.ROOT / "docs" / "security.md", tree.ROOT / "docs" / "reliability.md"]


def proofs(law, tests):
    """The law's tests by suite, as a cell of a table."""
    suites = {}
    for test in tests:
        if test.names(law):
            title = re.sub(r"^[KP]\d[^:]*: ", "", test.title)
            suites.setdefault(test.identifier.split("/")[0], []).append(f"“{title}”")
    return "<br>".join(f"{suite}: {'; '.join(titles)}" for suite, titles in sorted(suites.items()))


def breaches(law, mutants):
    return "; ".join(mutant.label for mutant in mutants if mutant.law == law)


def with_tables(text, mutants):
    """The text of a document with the columns “proved by” and “broken by” as the sources have them now."""
    tests, head, lines = read_tests(), [], []
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


def renew(mutants, errors, write):
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        made = with_tables(text, mutants)
        if made == text:
            continue
        if write:
            path.write_text(made, encoding="utf-8")
        else:
            errors.append(f"{path.relative_to(tree.ROOT)}: its tables of laws are not as the sources are; run scripts/mutants --tables.")


# -- the table of faults

FAULTS = tree.ROOT / "docs" / "faults.md"
QUOTED = re.compile(r"“((?:[^“”]|“[^”]*”)*)”")
NUMBERS = re.compile(r"^(?:[KP]\d+(?:(?: to |[-–]) ?[KP]?\d+)?,? ?)+:? ?")


def faults(errors):
    """Each row of the table of faults names tests that are there, with or without their laws."""
    titles = {test.title.replace('\\"', '"') for test in read_tests()}
    titles |= {NUMBERS.sub("", title) for title in titles}
    for number, line in enumerate(FAULTS.read_text(encoding="utf-8").splitlines(), 1):
        proof = line.strip("|").split("|")[-1]
        for title in QUOTED.findall(proof) if line.startswith("|") else []:
            if title not in titles:
                errors.append(f"{FAULTS.relative_to(tree.ROOT)}:{number}: there is no test “{title}”.")
