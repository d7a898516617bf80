"""The tree, its private copy that is changed and built, and the commands that run in the copy."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLES = ROOT / "Tools" / "mutants" / "tables"
COPY = ROOT / ".build" / "mutants" / "tree"
LOGS = ROOT / ".build" / "mutants" / "logs"
BUILD_SECONDS = 1800


def say(line):
    print(line, flush=True)


def read(path):
    return path.read_text(encoding="utf-8")


def name_of(path):
    """How a file of the tree is called in what is said of it."""
    return str(path.relative_to(ROOT))


def swift_files(place):
    """The sources in a folder of the tree and in its own folders, or the one that a place is."""
    path = ROOT / place
    return [path] if path.suffix == ".swift" and path.is_file() else sorted(path.glob("**/*.swift"))


def gone(table, places):
    """Complains of each place in which no source lies, so that a table does not leave out what has moved."""
    return [
        f"{table} names {place}, where there is no Swift file; name the place where that code is now."
        for place in places if not swift_files(place)
    ]


def write(path, text):
    """Writes only what differs, so that a build stays warm."""
    if not path.is_file() or read(path) != text:
        path.write_text(text, encoding="utf-8")


def copy_tree():
    """Brings the copy up to date and writes only what differs, so that its build stays warm."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    wanted = {name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    if (ROOT / "Package.resolved").is_file():
        wanted.add("Package.resolved")
    COPY.mkdir(parents=True, exist_ok=True)
    for path in [path for path in COPY.rglob("*") if ".build" not in path.relative_to(COPY).parts and path.is_file()]:
        if str(path.relative_to(COPY)) not in wanted:
            path.unlink()
    for name in wanted:
        source, copy = ROOT / name, COPY / name
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    environment = ROOT / ".build" / "venv"
    if environment.is_dir() and not (COPY / ".build" / "venv").exists():
        (COPY / ".build").mkdir(exist_ok=True)
        (COPY / ".build" / "venv").symlink_to(environment)


class TimedOut(Exception):
    pass


def start(command, environment):
    """Starts a command in the copy, in a session of its own."""
    return subprocess.Popen(
        command, cwd=COPY, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True)


def plain(output):
    return re.sub(r"\x1b\[[0-9;]*m", "", output.decode(errors="replace"))


def run(command, environment, seconds):
    """Runs a command in the copy, in a session of its own that ends with it; gives its status and output."""
    process = start(command, environment)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, plain(output)
    except subprocess.TimeoutExpired as late:
        raise TimedOut from late
    finally:
        end_session(process.pid)
        process.wait()


def end_session(session):
    """Ends what a command has left running: its children may have process groups of their own, but not sessions."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ValueError, IndexError):
            continue


def bundle():
    return next((COPY / ".build" / "debug").glob("*PackageTests.xctest"))


def first_error(output):
    lines = [line for line in output.splitlines() if "error:" in line]
    return lines[0].replace(str(COPY) + "/", "").strip() if lines else output.strip().splitlines()[-1] if output.strip() else "no output"
