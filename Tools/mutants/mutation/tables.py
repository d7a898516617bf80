"""The tables of mutants that were written by hand, the laws, and the tests that must catch them."""

import re
from dataclasses import dataclass, field

from . import tree

LAWS = tree.TABLES / "laws.txt"
# What stands beside the tables.
OTHERS = ("laws.txt", "harmless.txt")
# The tests of the whole program start it as a process, so it is built with them.
BUILT_WITH = {"SystemTests": ["evergrant"]}


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
    def targets(self):
        return tuple(sorted({test.target for test in self.tests}))


# -- the tables

def laws_in(title):
    """The laws that a test's title names: single ones, lists, and ranges such as P17–P20."""
    laws = set()
    for letter, first, last in re.findall(r"(?<![A-Za-z0-9])([KP])(\d+)(?:\s*(?:[-–]|to)\s*\1(\d+))?(?![A-Za-z0-9])", title):
        laws.update(f"{letter}{number}" for number in range(int(first), int(last or first) + 1))
    return laws


def read_laws():
    lines = tree.read(LAWS).splitlines()
    return [law for line in lines if not line.startswith("#") for law in line.split()]


def read_table(path, errors):
    mutants, current, seen = [], None, {}
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        place = f"{tree.name_of(path)}:{number}"
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
    # A test that starts the program needs a build for each mutant: it counts where there is no other.
    mutant.tests = [test for test in chosen if test.target not in BUILT_WITH] or chosen


def read(errors):
    """The mutants of all tables, as they are written there."""
    paths = [path for path in sorted(tree.TABLES.glob("*.txt")) if path.name not in OTHERS]
    return [mutant for path in paths for mutant in read_table(path, errors)]


def check(errors):
    """The mutants of all tables with their tests; complains of what cannot be applied, and of a law that none breaks."""
    laws, mutants, tests = read_laws(), read(errors), read_tests()
    for mutant in mutants:
        if mutant.law and mutant.law not in laws:
            errors.append(f"{mutant.place}: {mutant.law} is not in {tree.name_of(LAWS)}; add it there.")
        if mutant.file and not mutant.file.startswith("Sources/"):
            errors.append(f"{mutant.place}: {mutant.law}: {mutant.file} is not in Sources; a mutant breaks the product.")
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
            errors.append(f"{tree.name_of(LAWS)}: {law} has no mutant.")
    return mutants
