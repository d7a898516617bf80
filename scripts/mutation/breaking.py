"""Applies the mutants of the tables one after another, each in a build of its own, and sees the law's test fail."""

import re
import shutil
import time

from . import tree
from .tree import say

TEST_SECONDS = 120
SEED_SECONDS = 300
# What the simulation runs of the keeper; the rest is about sockets and pages.
SIMULATED = ("Sources/Keeper/", "Sources/Store/")
# The tests of the whole program start it as a process, so it is built with them.
BUILT_WITH = {"SystemTests": ["evergrant"]}


def environment_of(target):
    return {"EVERGRANT_ONLY": ",".join([target, *BUILT_WITH.get(target, [])]), "SWIFT_BACKTRACE": "enable=no"}


def build(target):
    return tree.run(["swift", "build", "--build-tests"], environment_of(target), tree.BUILD_SECONDS)


def test(target, tests):
    filters = [word for one in tests for word in ("--filter", one.filter)]
    return tree.run([str(tree.bundle()), "--testing-library", "swift-testing", *filters], environment_of(target), TEST_SECONDS)


def tests_run(output):
    counts = re.findall(r"Test run with (\d+) tests?", output)
    return max(map(int, counts), default=0)


def verdict_of(mutant):
    """One of caught, survived, invalid; and what to say of it."""
    status, output = build(mutant.target)
    log_of(mutant).write_text(output, encoding="utf-8")
    if status != 0:
        return "invalid", f"does not compile: {tree.first_error(output)}"
    try:
        status, output = test(mutant.target, mutant.tests)
    except tree.TimedOut:
        return "caught", f"the test did not end within {TEST_SECONDS} s"
    log_of(mutant).write_text(output, encoding="utf-8")
    failed = re.findall(r'✘ Test (?:"([^"]*)"|(\S+\(\))).* (?:failed|recorded an issue)', output)
    if status == 0 and tests_run(output) > 0:
        return "survived", f"{', '.join(one.title for one in mutant.tests)[:120]}: passed"
    if failed:
        return "caught", failed[0][0] or failed[0][1]
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


def unmutated(target, mutants):
    """True when the tests of the group are green before anything is broken."""
    start = time.monotonic()
    status, output = build(target)
    if status == 0:
        tests = list({one.filter: one for mutant in mutants for one in mutant.tests}.values())
        try:
            status, output = test(target, tests)
        except tree.TimedOut:
            status, output = 1, f"error: the tests did not end within {TEST_SECONDS} s"
        if status == 0 and tests_run(output) < len(tests):
            status, output = 1, f"error: {tests_run(output)} of {len(tests)} tests ran:\n" + output
    (tree.LOGS / f"{target}.log").write_text(output, encoding="utf-8")
    say(f"{target}: {len(mutants)} mutants; unmutated {'green' if status == 0 else 'NOT green'}, {time.monotonic() - start:.0f} s")
    if status != 0:
        shown = [line for line in output.splitlines() if "error:" in line or "✘" in line][:10]
        say("\n".join(f"    {line}" for line in shown) or f"    see .build/mutants/logs/{target}.log")
    return status == 0


def break_all(mutants):
    start = time.monotonic()
    tree.LOGS.mkdir(parents=True, exist_ok=True)
    tree.copy_tree()
    results = []
    for target in sorted({mutant.target for mutant in mutants}):
        # Neighbours change the same file, so each build undoes one mutant and makes the next at once.
        group = sorted((mutant for mutant in mutants if mutant.target == target), key=lambda mutant: (mutant.file, mutant.place))
        if not unmutated(target, group):
            results += [(mutant, "invalid") for mutant in group]
            continue
        for mutant in group:
            began = time.monotonic()
            apply(mutant)
            try:
                verdict, words = verdict_of(mutant)
            except tree.TimedOut:
                verdict, words = "invalid", f"the build did not end within {tree.BUILD_SECONDS} s"
            finally:
                put_back(mutant)
            results.append((mutant, verdict))
            mark = "caught  " if verdict == "caught" else verdict.upper().ljust(8)
            say(f"[{len(results)}/{len(mutants)}] {mark} {mutant.law}: {mutant.label} ({words}), {time.monotonic() - began:.0f} s")
    count = {verdict: sum(v == verdict for _, v in results) for verdict in ("caught", "survived", "invalid")}
    for mutant, verdict in results:
        if verdict != "caught":
            say(f"{verdict}: {mutant.place}: {mutant.law}: {mutant.label}")
    say(
        f"mutants: {count['caught']} of {len(results)} caught, {count['survived']} survived, {count['invalid']} invalid, "
        f"{len({mutant.law for mutant, _ in results})} laws, {time.monotonic() - start:.0f} s")
    return 0 if count["caught"] == len(results) else 1


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
