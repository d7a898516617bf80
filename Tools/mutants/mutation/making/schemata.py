"""Many mutants in one build: each body of a function stands once for each of its mutants, and a switch chooses."""

import difflib
import re
import time
from dataclasses import dataclass

from .. import tree
from ..tree import say
from . import changes, swift

SWITCH = '''// Which mutant is switched on, and which bodies were reached: in a sweep's copy alone.
import Foundation
import Synchronization

enum Mutation {
  private static let active = Int(ProcessInfo.processInfo.environment["EVERGRANT_MUTANT"] ?? "") ?? 0
  private static let notes = ProcessInfo.processInfo.environment["EVERGRANT_REACHED"].map(Notes.init)

  static func among(_ mutants: Int...) -> Int {
    if let notes { notes.add(mutants) }
    return mutants.contains(active) ? active : 0
  }

  static func `is`(_ mutant: Int) -> Bool { among(mutant) == mutant }

  private final class Notes: Sendable {
    private let seen = Mutex<Set<Int>>([])
    private let descriptor: Int32

    init(path: String) { descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600) }

    func add(_ mutants: [Int]) {
      seen.withLock { seen in
        for mutant in mutants where seen.insert(mutant).inserted {
          let line = Array("\\(mutant)\\n".utf8)
          _ = Foundation.write(descriptor, line, line.count)
        }
      }
    }
  }
}
'''

STATEMENTS = {"return", "guard", "for", "while", "do", "let", "var", "throw", "defer", "repeat"}


@dataclass
class Mutant:
    file: str
    function: str
    line: int
    kind: str
    before: str
    after: str
    change: changes.Change
    opening: int = -1
    number: int = 0

    @property
    def module(self):
        return self.file.split("/")[1]

    @property
    def place(self):
        return "/".join(self.file.split("/")[1:3])

    @property
    def identity(self):
        return (self.file, self.function, self.before, self.after)


def squeezed(lines):
    return "\n".join(line.strip() for line in lines if line.strip())


def difference(source, change):
    """The lines that a change touches, before and after."""
    first = source.rfind("\n", 0, change.first) + 1
    end = source.find("\n", change.end)
    end = len(source) if end < 0 else end
    before = source[first:end].split("\n")
    put = "" if change.put == changes.NOTHING else change.put
    after = (source[first : change.first] + put + source[change.end : end]).split("\n")
    kept = difflib.SequenceMatcher(None, before, after, autojunk=False)
    removed, added = [], []
    for verb, old, old_end, new, new_end in kept.get_opcodes():
        if verb != "equal":
            removed += before[old:old_end]
            added += after[new:new_end]
    line = source.count("\n", 0, change.first) + 1
    if not removed:
        removed, added = before[:1], after
    return line, squeezed(removed), squeezed(added)


def mutants_of(file, source):
    tokens = swift.tokens_of(source)
    found_bodies = swift.bodies(tokens)
    found = []
    for body in found_bodies:
        for change in changes.Finder(source, tokens, body).changes():
            line, before, after = difference(source, change)
            found.append(Mutant(file, body.name, line, change.kind, before, after, change, body.opening))
    for change in changes.constants(source, tokens, found_bodies):
        line, before, after = difference(source, change)
        found.append(Mutant(file, "", line, change.kind, before, after, change))
    return [mutant for mutant in found if mutant.before != mutant.after]


def with_return(source, tokens, body):
    """Whether the body is one expression, whose value is returned without saying so."""
    found = swift.statements(tokens, body.opening)
    if not body.gives or body.gives == "Void" or len(found) != 1:
        return False
    first = tokens[found[0][0]]
    if first.text in STATEMENTS:
        return False
    inside = source[tokens[body.opening].end : tokens[tokens[body.opening].partner].start]
    return not (first.text in ("if", "switch") and re.search(r"\breturn\b", inside))


def rewritten(source, mutants):
    """The source with its mutants behind switches, the lines that are each one's alone, and those of whole bodies."""
    tokens = swift.tokens_of(source)
    edits = []
    for opening in sorted({mutant.opening for mutant in mutants if mutant.opening >= 0}):
        body = next(body for body in swift.bodies(tokens) if body.opening == opening)
        own = [mutant for mutant in mutants if mutant.opening == opening]
        first, end = tokens[opening].end, tokens[tokens[opening].partner].start
        place = tokens[swift.statements(tokens, opening)[0][0]].start
        put = "return " if with_return(source, tokens, body) else ""
        pieces = [(None, f" switch Mutation.among({', '.join(str(mutant.number) for mutant in own)}) {{\n")]
        for mutant in [*own, None]:
            text = source[first:place] + put + source[place:end]
            label = "default:"
            if mutant:
                change = mutant.change
                if change.first < place:
                    raise ValueError(f"{mutant.file}:{mutant.line}: a change before the first statement")
                text = source[first:place] + put + source[place : change.first] + change.put + source[change.end : end]
                label = f"case {mutant.number}:"
            pieces.append((mutant, f"{label} _ = ()\n{text}\n"))
        pieces.append((None, "}\n"))
        edits.append((first, end, pieces))
    for mutant in mutants:
        if mutant.opening < 0:
            change = mutant.change
            original = source[change.first : change.end]
            edits.append((change.first, change.end, [(mutant, f"(Mutation.is({mutant.number}) ? {change.put} : {original})")]))
    made, lines, whole, at = "", [], [], 0
    for first, end, pieces in sorted(edits, key=lambda edit: edit[0]):
        made += source[at:first]
        start = made.count("\n") + 1
        for mutant, text in pieces:
            begin = made.count("\n") + 1
            made += text
            if mutant:
                lines.append((begin, made.count("\n") + 1, mutant))
        whole.append((start, made.count("\n") + 1, [mutant for mutant, _ in pieces if mutant]))
        at = end
    return made + source[at:], lines, whole


def within_body(file, source, find, put):
    """A replacement of text as a mutant of the one body that holds it; None where no body does, or not as statements of it."""
    tokens = swift.tokens_of(source)
    first = source.index(find) + len(find) - len(find.lstrip())
    change = changes.Change("by hand", first, source.index(find) + len(find), put.lstrip())
    for body in swift.bodies(tokens):
        if tokens[body.opening].end <= first and change.end <= tokens[tokens[body.opening].partner].start:
            begins = tokens[swift.statements(tokens, body.opening)[0][0]].start
            if first < begins or ("\n" in change.put and with_return(source, tokens, body)):
                return None
            return Mutant(file, body.name, source.count("\n", 0, first) + 1, change.kind, find, put, change, body.opening)
    return None


class Schemata:
    """The mutants in the copy; those that do not compile are taken out again."""

    def __init__(self, mutants):
        self.mutants = list(mutants)
        self.lines, self.bodies = {}, {}

    def write(self):
        self.lines, self.bodies = {}, {}
        for file in sorted({mutant.file for mutant in self.mutants}):
            own = [mutant for mutant in self.mutants if mutant.file == file]
            text, self.lines[file], self.bodies[file] = rewritten(tree.read(tree.ROOT / file), own)
            tree.write(tree.COPY / file, text)
        for module in sorted({mutant.module for mutant in self.mutants}):
            tree.write(tree.COPY / "Sources" / module / "Mutation.swift", SWITCH)
        # An unused value is no reason not to try a mutant.
        manifest = tree.COPY / "Package.swift"
        tree.write(manifest, tree.read(manifest).replace("    .treatAllWarnings(as: .error),\n", ""))

    def take_out(self, output):
        """Takes out the mutants that a compiler has complained of; gives them, and the complaints about nobody's line."""
        blamed, others = [], []
        for file, line, words in re.findall(r"(?:^|/)(Sources/[^:\n]+):(\d+):\d+: error: (.*)", output):
            regions = [region for region in self.lines.get(file, []) if region[0] <= int(line) <= region[1]]
            # A region's last line is the next one's first.
            owner = next((mutant for first, end, mutant in reversed(regions)), None)
            # What is missing on one path is complained of where all paths end: then no mutant of that body stays.
            owners = [owner] if owner else [
                mutant for first, end, own in self.bodies.get(file, []) if first <= int(line) <= end for mutant in own]
            if not owners:
                others.append(f"{file}:{line}: {words}")
            blamed += [mutant for mutant in owners if mutant not in blamed]
        self.mutants = [mutant for mutant in self.mutants if mutant not in blamed]
        for mutant in blamed:
            if all(other.file != mutant.file for other in self.mutants):
                tree.write(tree.COPY / mutant.file, tree.read(tree.ROOT / mutant.file))
        return blamed, others


def build(mutants, commands, environment, log):
    """One build of all that compile, and those."""
    made, begun = Schemata(mutants), time.monotonic()
    for attempt in range(1, 12):
        made.write()
        for command in commands:
            status, output = tree.run(command, environment, tree.BUILD_SECONDS)
            if status != 0:
                break
        (tree.LOGS / log).write_text(output, encoding="utf-8")
        if status == 0:
            say(f"built {len(made.mutants)} mutants at once, {attempt} builds, {time.monotonic() - begun:.0f} s")
            return made.mutants
        blamed, others = made.take_out(output)
        say(f"  {len(blamed)} of {len(made.mutants) + len(blamed)} do not compile, {time.monotonic() - begun:.0f} s")
        if not blamed:
            raise SystemExit("The copy does not build: " + (others[0] if others else tree.first_error(output)))
    raise SystemExit(f"The copy does not build after all these mutants were taken out; see .build/mutants/logs/{log}")
