"""Makes mutants by itself, builds them all at once, and says which ones no test sees. Tools/mutants/README.md says more."""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import threading
import time
from dataclasses import dataclass, field

from . import harmless, running, tree
from .making import drawing, schemata
from .tree import say

# In this order: the tests beside the code first, what goes through sockets and pages later.
TARGETS = [
    "WireTests", "StoreTests", "KeeperTests", "OperatorTests", "JobsTests", "IssuerTests", "XMLRPCTests", "BridgeTests",
    "OutboundTests", "ProxyTests", "WebTests",
]
# The tests that are about a place, where they are not all: what others reach of it by the way would take longer to try.
OF_ISSUER = ["IssuerTests", "WebTests"]
SEEN_BY = {
    "bridge": ["XMLRPCTests", "BridgeTests", "ProxyTests", "WebTests"], "dialect": OF_ISSUER, "traces": OF_ISSUER,
    "own tokens": OF_ISSUER, "batches": OF_ISSUER, "hooks": OF_ISSUER, "import": ["JobsTests", "WebTests"],
}
LATE = {"OutboundTests", "WebTests"}
RESULTS = tree.ROOT / ".build" / "mutants" / "sweep.json"
# How many more are drawn than asked for, since some do not compile.
SPARE = 1.15
SEEDS = 25
ROUNDS = [3, 20, 10_000]  # seconds of tests, as they take alone: the quick ones first


@dataclass
class Test:
    identifier: str
    seconds: float = 0.0
    reaches: set = field(default_factory=set)

    @property
    def filter(self):
        return "^" + re.escape(self.identifier.split("(")[0]) + r"\("

    @property
    def is_late(self):
        return self.identifier.split(".")[0] in LATE


def faults():
    """What the tables of places and tests name that is not there."""
    places = [place for places in drawing.PLACES.values() for place in places]
    return [
        *tree.gone("PLACES in Tools/mutants/mutation/making/drawing.py", places),
        *tree.gone("TARGETS in Tools/mutants/mutation/sweep.py", [f"Tests/{target}" for target in TARGETS]),
        *[f"SEEN_BY in Tools/mutants/mutation/sweep.py: {place} is no place" for place in SEEN_BY if place not in drawing.PLACES],
    ]


# -- building

def targets_of(places):
    """The test modules that can see a mutant of one of these places, in the order of TARGETS."""
    return [target for target in TARGETS if any(target in SEEN_BY.get(place, TARGETS) for place in places)]


def environment(targets):
    return {
        "EVERGRANT_ONLY": ",".join([*targets, "simulate"]), "SWIFT_BACKTRACE": "enable=no",
        "SWIFT_DETERMINISTIC_HASHING": "1",
    }


COMMANDS = [["swift", "build", "--build-tests"], ["swift", "build", "--product", "simulate"]]


# -- running

def list_tests(runner, targets):
    status, _, output = runner.run([str(tree.bundle()), "--testing-library", "swift-testing", "--list-tests"], {}, 60)
    names = [line.split("/", 2) for line in output.splitlines() if re.match(r"\w+Tests\.", line)]
    tests = {"/".join(parts[:2]): Test("/".join(parts[:2])) for parts in names}
    return [test for test in tests.values() if test.identifier.split(".")[0] in targets]


def survey(runner, pool, targets):
    """Runs each test alone and unmutated: how long it takes, and which mutants it reaches."""
    begun = time.monotonic()
    notes = pathlib.Path(f"/tmp/eg-sweep-{os.getpid()}-reached")
    notes.mkdir()
    tests = list_tests(runner, targets)

    def look(index):
        test, path, start = tests[index], notes / str(index), time.monotonic()
        try:
            status, failure, _ = runner.tests([test], {"EVERGRANT_REACHED": str(path)}, 300)
        except tree.TimedOut:
            status, failure = 1, "it did not end"
        test.seconds = time.monotonic() - start
        test.reaches = {int(line) for line in path.read_text().split()} if path.is_file() else set()
        return (test, failure or f"exit {status}") if status != 0 else None

    broken = [one for one in pool.map(look, range(len(tests))) if one]
    path, start = notes / "seeds", time.monotonic()
    runner.seeds({"EVERGRANT_REACHED": str(path)}, 4, 600)
    each = (time.monotonic() - start) / 4
    seeds = {int(line) for line in path.read_text().split()} if path.is_file() else set()
    shutil.rmtree(notes)
    for test, words in broken:
        say(f"  left out, for it fails unmutated: {test.identifier}: {words[:160]}")
    sound = [test for test in tests if test not in [one for one, _ in broken]]
    say(f"{len(sound)} tests were run alone, {time.monotonic() - begun:.0f} s")
    return sound, seeds, each


def rounds(tests):
    """The tests in rounds of growing length, the quick ones first, those of pages last."""
    made, current, spent = [], [], 0.0
    for test in sorted(tests, key=lambda test: (test.is_late, test.seconds)):
        limit = ROUNDS[min(len(made), len(ROUNDS) - 1)]
        if current and (spent + test.seconds > limit or test.is_late != current[-1].is_late):
            made.append(current)
            current, spent = [], 0.0
        current.append(test)
        spent += test.seconds
    return [*made, current] if current else made


def judge(mutant, runner, tests, seeds, each):
    """How a mutant was caught, or None for one that survives."""
    extra = {"EVERGRANT_MUTANT": str(mutant.number)}
    reaching = [test for test in tests if mutant.number in test.reaches]
    for some in rounds(reaching):
        try:
            status, failure, output = runner.tests(some, extra, 20 + 5 * max(test.seconds for test in some))
        except tree.TimedOut:
            return "time-out"
        if failure:
            named = re.search(r'Test "?(.*?)"? recorded', failure)
            return named.group(1) if named else failure[:120]
        if status != 0:
            return "crash" if status < 0 or "Fatal error" in output else f"exit {status}"
    if mutant.number in seeds:
        try:
            status, failure, _ = runner.seeds(extra, SEEDS, 30 + 10 * each)
        except tree.TimedOut:
            return "time-out of a seed"
        if status != 0:
            return failure[:120] if failure else "crash in a seed"
    return None


# -- the whole

def shown(mutant, words):
    lines = [f"{mutant.file}:{mutant.line}: {mutant.kind}{', in ' + mutant.function if mutant.function else ''}{words}"]
    lines += [f"    - {line}" for line in mutant.before.splitlines()]
    lines += [f"    + {line}" for line in mutant.after.splitlines()]
    return "\n".join(lines)


def survivors_of_last(found):
    """Those that the last sweep left over, as far as their text still stands."""
    last = json.loads(tree.read(RESULTS)) if RESULTS.is_file() else []
    wanted = {(one["file"], one["in"], one["before"], one["after"]) for one in last if not one["caught"]}
    again = {}
    for kinds in found.values():
        for mutants in kinds.values():
            again.update({mutant.identity: mutant for mutant in mutants if mutant.identity in wanted})
    for number, mutant in enumerate(again.values(), 1):
        mutant.number = number
    return list(again.values())


def sweep(count, seed, again=False, places=None):
    """Draws mutants of the places, of all where none is named, and says which ones no test sees."""
    places = places or list(drawing.PLACES)
    targets = targets_of(places)
    begun, errors = time.monotonic(), faults()
    known = harmless.read(errors)
    if errors:
        for error in errors:
            say(error)
        return 1
    tree.LOGS.mkdir(parents=True, exist_ok=True)
    tree.copy_tree()
    found = drawing.candidates(places)
    total = sum(len(mutants) for kinds in found.values() for mutants in kinds.values())
    if again:
        chosen = [mutant for mutant in survivors_of_last(found) if mutant.identity not in known]
        say(f"{len(chosen)} mutants that the last sweep left over and nobody has judged")
    else:
        chosen = drawing.drawn(found, int(count * SPARE), seed)
        say(f"{count} of {total} mutants by seed {seed}")
    if not chosen:
        return 0
    mutants = schemata.build(chosen, COMMANDS, environment(targets), "sweep-build.log")[: None if again else count]
    runner = running.Runner(environment(targets))
    with concurrent.futures.ThreadPoolExecutor(running.WORKERS) as pool:
        tests, seeds, each = survey(runner, pool, targets)
        told, done = threading.Lock(), collections.Counter()

        def try_one(mutant):
            start = time.monotonic()
            verdict = judge(mutant, runner, tests, seeds, each)
            with told:
                done["all"] += 1
                reached = sum(mutant.number in test.reaches for test in tests)
                say(
                    f"[{done['all']}/{len(mutants)}] {'caught  ' if verdict else 'SURVIVED'} "
                    f"{mutant.file.split('/')[-1]}:{mutant.line} {mutant.kind} "
                    f"({verdict or f'{reached} tests reach it'}), {time.monotonic() - start:.0f} s")
            return mutant, verdict

        results = list(pool.map(try_one, mutants))
    return report(results, known, tests, seed, total, time.monotonic() - begun)


def report(results, known, tests, seed, total, seconds):
    survivors = [mutant for mutant, verdict in results if not verdict]
    judged = [mutant for mutant in survivors if mutant.identity in known]
    open_ones = [mutant for mutant in survivors if mutant.identity not in known]
    RESULTS.write_text(json.dumps([
        {"number": mutant.number, "file": mutant.file, "in": mutant.function, "line": mutant.line, "kind": mutant.kind,
         "before": mutant.before, "after": mutant.after, "caught": verdict}
        for mutant, verdict in results], indent=1, ensure_ascii=False), encoding="utf-8")
    for mutant in judged:
        say(shown(mutant, "") + f"\n    harmless: {known[mutant.identity]}")
    for mutant in sorted(open_ones, key=lambda mutant: (mutant.file, mutant.line)):
        reached = sum(mutant.number in test.reaches for test in tests)
        say(shown(mutant, f" ({reached} tests reach its function)"))
    late = sum(bool(verdict and verdict.startswith("time-out")) for _, verdict in results)
    say(
        f"sweep: seed {seed}, {len(results)} of {total} mutants: {len(results) - len(survivors)} caught "
        f"({late} of them by a time-out), {len(judged)} harmless, {len(open_ones)} survived, {seconds:.0f} s")
    return 1 if open_ones else 0
