"""Runs tests and seeds of the built copy, to the first failure."""

import os
import pathlib
import select
import shutil
import threading

from . import tree

WORKERS = max(2, os.cpu_count() or 2)


def spoken(descriptor, seconds):
    """The lines of a program as they come; it is late when it says nothing for so long."""
    rest = b""
    while True:
        ready, _, _ = select.select([descriptor], [], [], seconds)
        if not ready:
            raise tree.TimedOut
        piece = os.read(descriptor, 65536)
        *whole, rest = (rest + piece).split(b"\n")
        yield from map(tree.plain, whole)
        if not piece:
            return


class Runner:
    """Runs tests of the built copy, each time with a folder for temporary files that goes when they end."""

    def __init__(self, environment):
        self.environment, self.lock, self.runs = environment, threading.Lock(), 0

    def run(self, command, extra, seconds):
        """Gives the status, the first failure's words, and the output; ends with the first failure, or a silence."""
        with self.lock:
            self.runs += 1
            folder = pathlib.Path(f"/tmp/eg-mutants-{os.getpid()}-{self.runs}")
        folder.mkdir()
        process = tree.start(command, {**self.environment, **extra, "TMPDIR": str(folder)})
        lines, failure = [], None
        try:
            for line in spoken(process.stdout.fileno(), seconds):
                lines.append(line)
                if "recorded an issue" in line or line.startswith("seed "):
                    failure = line
                    break
        finally:
            tree.end_session(process.pid)
            process.wait()
            process.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)
        return process.returncode, failure, "\n".join(lines)

    def tests(self, tests, extra, seconds):
        filters = [word for test in tests for word in ("--filter", test.filter)]
        return self.run([str(tree.bundle()), "--testing-library", "swift-testing", *filters], extra, seconds)

    def seeds(self, extra, count, seconds):
        simulate = tree.COPY / ".build" / "debug" / "simulate"
        return self.run([str(simulate), "--seeds", str(count), "--first", "--workers", "1"], extra, seconds)
