"""Sees that the sweep makes the mutants it should, of a small source whose changes are known."""

import subprocess
import sys
import tempfile
from pathlib import Path

from . import harmless, tree
from .making import changes, drawing, schemata

FIXTURE = Path(__file__).resolve().parent / "fixture.swift"

# Kind, the line as it stands, and as it is changed.
EXPECTED = [
    (changes.GUARD, "guard count > 0, let first = kept.first else { return nil }", "guard true, let first = kept.first else { return nil }"),
    (changes.TURNED, "guard count > 0, let first = kept.first else { return nil }", "guard count <= 0, let first = kept.first else { return nil }"),
    (changes.SHIFTED, "guard count > 0, let first = kept.first else { return nil }", "guard count >= 0, let first = kept.first else { return nil }"),
    (changes.CONDITION, "if first.isOld && !isForced {", "if true {"),
    (changes.CONDITION, "if first.isOld && !isForced {", "if false {"),
    (changes.BOOLEAN, "if first.isOld && !isForced {", "if first.isOld || !isForced {"),
    (changes.BOOLEAN, "if first.isOld && !isForced {", "if first.isOld && isForced {"),
    (changes.CALL, "forget(first)", ""),
    (changes.ASSIGNMENT, "total += first.size", ""),
    (changes.ARITHMETIC, "total += first.size", "total -= first.size"),
    (changes.SYNC, "sync(first)", ""),
    (changes.SYNC, "guard fdatasync(descriptor) == 0 else { return false }", "guard true else { return false }"),
    (changes.SWAPPED, "note(epoch, generation)", "note(generation, epoch)"),
    (changes.NEIGHBOUR_TAKEN, "lease.until > now", "lease.from > now"),
    (changes.EARLY, "kept.removeAll { $0.name == item.name }", None),
    (changes.EARLY, "return first.name", "return nil"),
    (changes.CONSTANT, "static let most = 64", "static let most = 128"),
    (changes.CONSTANT, "private func wait(_ turns: Int = 2) -> Bool {", "private func wait(_ turns: Int = 3) -> Bool {"),
    ("SQL condition taken out", "WHERE name = $1 AND (until < $2 OR until IS NULL)", "WHERE (name = $1 OR 1) AND (until < $2 OR until IS NULL)"),
    ("SQL comparison turned", "WHERE name = $1 AND (until < $2 OR until IS NULL)", "WHERE name = $1 AND (until >= $2 OR until IS NULL)"),
    ("SQL comparison turned", "WHERE name = $1 AND (until < $2 OR until IS NULL)", "WHERE name = $1 AND (until < $2 OR until IS NOT NULL)"),
    ("SQL assignment taken out", "UPDATE rows SET holder = $3, spare = NULL, version = version + 1", "UPDATE rows SET holder = $3, spare = spare, version = version + 1"),
    ("SQL assignment taken out", "UPDATE rows SET holder = $3, spare = NULL, version = version + 1",
     "UPDATE rows SET holder = CASE WHEN 1 THEN holder ELSE $3 END, spare = NULL, version = version + 1"),
]


def run():
    source = tree.read(FIXTURE)
    made = schemata.mutants_of("Sources/Fixture/fixture.swift", source)
    faults = [
        f"no mutant: {kind}: {before} => {after}" for kind, before, after in EXPECTED
        if not any(mutant.kind == kind and mutant.before.splitlines()[0] == before and after in (None, mutant.after) for mutant in made)
    ]
    for number, mutant in enumerate(made, 1):
        mutant.number = number
    text, lines, _ = schemata.rewritten(source, made)
    if sorted(mutant.number for _, _, mutant in lines) != list(range(1, len(made) + 1)):
        faults.append("a mutant has no lines of its own")
    faults += compiled(text)
    if drawn() != drawn():
        faults.append("the same seed draws other mutants")
    if not harmless.faults({"file": [tree.name_of(FIXTURE)], "find": ["this is gone"], "why": ["so"]}, 2):
        faults.append("a harmless mutant whose text is gone is not complained of")
    unknown = ["Sources/Gone", "Sources/Gone.swift", "Tools/mutants/tables"]
    if len(tree.gone("PLACES", [tree.name_of(FIXTURE), tree.name_of(FIXTURE.parent), *unknown])) != len(unknown):
        faults.append("a place in which no source lies is not complained of, or one in which some do is")
    for fault in faults:
        print(f"Tools/mutants/run --self-test: {fault}", file=sys.stderr)
    return 1 if faults else 0


def drawn():
    return [mutant.identity for mutant in drawing.drawn(drawing.candidates(drawing.PLACES), 60, 7)]


def compiled(text):
    """All of them at once, checked by the compiler."""
    with tempfile.TemporaryDirectory() as folder:
        source, switch = Path(folder) / "fixture.swift", Path(folder) / "Mutation.swift"
        source.write_text(text, encoding="utf-8")
        switch.write_text(schemata.SWITCH, encoding="utf-8")
        checked = subprocess.run(
            ["swiftc", "-typecheck", "-swift-version", "6", str(source), str(switch)], capture_output=True, text=True)
    return [f"the fixture's mutants do not compile: {line}" for line in checked.stderr.splitlines() if "error:" in line][:3]
