"""Applies the mutants of the tables and sees the law's test fail: those in the body of a function in one build with a switch
for each (`making/schemata.py`), every other one in a build of its own."""

import collections
import concurrent.futures
import re
import shutil
import threading
import time

from . import running, tables, tree
from .making import schemata
from .tree import say

# How many seconds a test may say nothing.
SILENCE = 120
SEED_SECONDS = 300
# What the simulation runs of the keeper; the rest is about sockets and pages.
SIMULATED = ("Sources/Wire/", "Sources/Store/", "Sources/Keeper/", "Sources/Operator/")


def faults():
    """What the table of what is simulated names that is not there."""
    return tree.gone("SIMULATED in Tools/mutants/mutation/breaking.py", SIMULATED)


def environment_of(targets):
    programs = [program for target in targets for program in tables.BUILT_WITH.get(target, [])]
    return {"EVERGRANT_ONLY": ",".join([*targets, *programs]), "SWIFT_BACKTRACE": "enable=no"}


def build(targets):
    return tree.run(["swift", "build", "--build-tests"], environment_of(targets), tree.BUILD_SECONDS)


def tests_run(output):
    counts = re.findall(r"Test run with (\d+) tests?", output)
    return max(map(int, counts), default=0)


def verdict_of(mutant, runner, extra):
    """One of caught, survived, invalid; and what to say of it."""
    try:
        status, failure, output = runner.tests(mutant.tests, extra, SILENCE)
    except tree.TimedOut:
        return "caught", f"the test fell silent for {SILENCE} s"
    log_of(mutant).write_text(output, encoding="utf-8")
    if failure:
        named = re.search(r'Test "?(.*?)"? recorded', failure)
        return "caught", named.group(1) if named else failure[:120]
    if status == 0 and tests_run(output) > 0:
        return "survived", f"{', '.join(one.title for one in mutant.tests)[:120]}: passed"
    if "unexpected signal" in output or "Fatal error" in output or status < 0:
        return "caught", "the test crashed"
    return "invalid", f"no test ran: {tree.first_error(output)}"


def log_of(mutant):
    return tree.LOGS / (re.sub(r"[^\w.-]+", "-", f"{mutant.law}-{mutant.place}") + ".log")


def apply(mutant):
    copy = tree.COPY / mutant.file
    copy.write_text(copy.read_text(encoding="utf-8").replace(mutant.find, mutant.put), encoding="utf-8")


def put_back(mutant):
    shutil.copy(tree.ROOT / mutant.file, tree.COPY / mutant.file)


class Results:
    """What came of each mutant, told as it comes."""

    def __init__(self, count):
        self.count, self.all, self.begun, self.lock = count, [], time.monotonic(), threading.Lock()

    def add(self, mutant, verdict, words, since):
        mark = "caught  " if verdict == "caught" else verdict.upper().ljust(8)
        with self.lock:
            self.all.append((mutant, verdict))
            say(f"[{len(self.all)}/{self.count}] {mark} {mutant.law}: {mutant.label} ({words}), {time.monotonic() - since:.0f} s")

    def report(self):
        count = collections.Counter(verdict for _, verdict in self.all)
        for mutant, verdict in self.all:
            if verdict != "caught":
                say(f"{verdict}: {mutant.place}: {mutant.law}: {mutant.label}")
        say(
            f"mutants: {count['caught']} of {len(self.all)} caught, {count['survived']} survived, {count['invalid']} invalid, "
            f"{len({mutant.law for mutant, _ in self.all})} laws, {time.monotonic() - self.begun:.0f} s")
        return 0 if count["caught"] == len(self.all) else 1


def is_green(targets, mutants, runner):
    """Whether the tests that these mutants are to fail pass before anything is broken."""
    start = time.monotonic()
    tests = list({one.filter: one for mutant in mutants for one in mutant.tests}.values())
    try:
        status, _, output = runner.tests(tests, {}, SILENCE)
    except tree.TimedOut:
        status, output = 1, f"error: the tests said nothing for {SILENCE} s"
    if status == 0 and tests_run(output) < len(tests):
        status, output = 1, f"error: {tests_run(output)} of {len(tests)} tests ran:\n" + output
    return told(targets, mutants, status, output, start)


def told(targets, mutants, status, output, start):
    log = tree.LOGS / f"{'-'.join(targets)}.log"
    log.write_text(output, encoding="utf-8")
    state = "green" if status == 0 else "NOT green"
    say(f"{', '.join(targets)}: {len(mutants)} mutants; unmutated {state}, {time.monotonic() - start:.0f} s")
    if status != 0:
        shown = [line for line in output.splitlines() if "error:" in line or "✘" in line][:10]
        say("\n".join(f"    {line}" for line in shown) or f"    see {tree.name_of(log)}")
    return status == 0


def by_targets(mutants):
    groups = collections.defaultdict(list)
    for mutant in mutants:
        groups[mutant.targets].append(mutant)
    return sorted(groups.items())


def break_together(mutants, results):
    """Tries those that one build can hold; gives the others."""
    switched, rest = [], []
    for mutant in mutants:
        # A test that starts the program gives it an environment without our switch.
        change = None if tables.BUILT_WITH.keys() & set(mutant.targets) else schemata.within_body(
            mutant.file, tree.read(tree.ROOT / mutant.file), mutant.find, mutant.put)
        if change:
            change.number = len(switched) + 1
            switched.append((mutant, change))
        else:
            rest.append(mutant)
    if not switched:
        return rest
    targets = sorted({target for mutant, _ in switched for target in mutant.targets})
    say(f"{len(switched)} mutants in one build, {len(rest)} in builds of their own")
    environment = environment_of(targets)
    built = {change.number for change in schemata.build(
        [change for _, change in switched], [["swift", "build", "--build-tests"]], environment, "together.log")}
    rest += [mutant for mutant, change in switched if change.number not in built]
    runner = running.Runner(environment)
    numbers = {mutant.place: change.number for mutant, change in switched if change.number in built}
    for targets, group in by_targets([mutant for mutant, change in switched if change.number in built]):
        if not is_green(targets, group, runner):
            for mutant in group:
                results.add(mutant, "invalid", "its tests are not green", time.monotonic())
            continue
        with concurrent.futures.ThreadPoolExecutor(running.WORKERS) as pool:
            def try_one(mutant):
                began = time.monotonic()
                results.add(mutant, *verdict_of(mutant, runner, {"EVERGRANT_MUTANT": str(numbers[mutant.place])}), began)

            list(pool.map(try_one, group))
    return rest


def break_alone(targets, mutants, results):
    # Neighbours change the same file, so each build undoes one mutant and makes the next at once.
    group = sorted(mutants, key=lambda mutant: (mutant.file, mutant.place))
    start, runner = time.monotonic(), running.Runner(environment_of(targets))
    status, output = build(targets)
    if not (is_green(targets, group, runner) if status == 0 else told(targets, group, status, output, start)):
        for mutant in group:
            results.add(mutant, "invalid", "its tests are not green", time.monotonic())
        return
    for mutant in group:
        began = time.monotonic()
        apply(mutant)
        try:
            status, output = build(targets)
            log_of(mutant).write_text(output, encoding="utf-8")
            verdict, words = verdict_of(mutant, runner, {}) if status == 0 else (
                "invalid", f"does not compile: {tree.first_error(output)}")
        except tree.TimedOut:
            verdict, words = "invalid", f"the build did not end within {tree.BUILD_SECONDS} s"
        finally:
            put_back(mutant)
        results.add(mutant, verdict, words, began)


def break_all(mutants):
    tree.LOGS.mkdir(parents=True, exist_ok=True)
    tree.copy_tree()
    results = Results(len(mutants))
    rest = break_together(mutants, results)
    tree.copy_tree()
    for targets, group in by_targets(rest):
        break_alone(targets, group, results)
    return results.report()


def first_seed(count):
    """The first of the simulation's seeds that breaks a law, in words, or that none does."""
    environment = {"EVERGRANT_ONLY": "simulate", "SWIFT_DETERMINISTIC_HASHING": "1"}
    status, output = tree.run(["swift", "build", "--product", "simulate"], environment, tree.BUILD_SECONDS)
    if status != 0:
        return f"does not compile: {tree.first_error(output)}"
    command = [str(tree.COPY / ".build" / "debug" / "simulate"), "--seeds", str(count), "--first"]
    try:
        status, output = tree.run(command, environment, SEED_SECONDS)
    except tree.TimedOut:
        return f"a seed did not end, or all took longer than {SEED_SECONDS} s"
    if status < 0:
        return "a seed crashed"
    broken = [line for line in output.splitlines() if line.startswith("seed ")]
    return broken[0][:160] if broken else f"none of {count} seeds"


def seek_seeds(mutants, count):
    """Says which seed of the simulation catches each of the keeper's mutants."""
    tree.copy_tree()
    say(f"unmutated: {first_seed(count)}")
    for mutant in [mutant for mutant in mutants if mutant.law.startswith("K") and mutant.file.startswith(SIMULATED)]:
        apply(mutant)
        try:
            words = first_seed(count)
        finally:
            put_back(mutant)
        say(f"{mutant.law}: {mutant.label}: {words}")
    return 0
