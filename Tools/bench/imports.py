"""A customer file of any length through the keeper to the issuer, killed on the way, gone on with, mended and read back.

Each row is judged in the end: the issuer holds those people whom the file names, each once and to the letter, and no other.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import time

from customers import EXPORTED, HEADER, Customers, Whole
from stage import Failed, private, say

SEED = 1
KILLED_AT = 0.4
# What a contact takes on the issuer's disk, and as much again for its write-ahead log and the files beside.
BYTES_A_ROW = 6000
# So many rows of the file are imported once more, when all is as they say.
MOST_UNCHANGED = 50_000
# Rates of a tenth mean something where it takes much longer than the pause between two notes of the progress.
LEAST_FOR_TENTHS = 200_000
LEAST_RATE, MOST_SLOWER = 1500, 1.3


class Import:
    """`evergrant contacts import` of one file, watched from outside: how far its note says that it is, and its memory."""

    def __init__(self, job, file, name, more=()):
        self.note = file.with_name(file.name + ".evergrant-progress")
        self.said, self.errors = file.with_name(f"import-{name}.json"), file.with_name(f"import-{name}.log")
        command = [*job("import"), str(file), "--json", *more]
        self.began = time.monotonic()
        with open(self.said, "wb") as said, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=errors)
        # When it was first seen to be so far, and its most memory until then.
        self.marks = []
        self.took, self.cpu_seconds, self.peak, self.status = None, None, None, None

    def watch(self, until=None):
        """Waits for its end, or kills it when so many rows are settled; True where it was killed."""
        peak, isKilled = 0, False
        while True:
            pid, status, used = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.took = time.monotonic() - self.began
                self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_seconds = used.ru_utime + used.ru_stime
                self.peak = used.ru_maxrss / 1024
                return isKilled
            peak, rows = self._peak() or peak, self._rows()
            if rows is not None and (not self.marks or rows > self.marks[-1][1]):
                self.marks.append((time.monotonic() - self.began, rows, peak))
            if until is not None and not isKilled and rows is not None and rows >= until:
                self.process.kill()
                isKilled = True
            time.sleep(0.1)

    def _peak(self):
        """In megabytes; None for one that is just ending."""
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as status:
                return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:")), None)
        except OSError:
            return None

    def _rows(self):
        try:
            return json.loads(self.note.read_text(encoding="utf-8"))["counts"]["rows"]
        except (OSError, ValueError):
            return None

    def moment(self, rows):
        """Seconds from its beginning until so many rows were settled, between two notes as if it went evenly."""
        for (before, fewer, _), (after, more, _) in zip(self.marks, self.marks[1:]):
            if fewer <= rows <= more:
                return before + (after - before) * (rows - fewer) / (more - fewer)
        raise Failed(f"no two notes of the progress lie about row {rows:,}")

    def memory(self, rows):
        return next((peak for _, settled, peak in self.marks if settled >= rows), self.peak)

    def report(self, due):
        """What it printed, if it ended as is due."""
        if self.status != due:
            errors = self.errors.read_text(encoding="utf-8", errors="replace").strip()
            raise Failed(f"an import ended with {self.status} where {due} was due: {errors[-500:]}")
        return json.loads(self.said.read_text(encoding="utf-8"))


def bench_import(options, world):
    """The figures of an import at an issuer that holds no contact before."""
    rows, customers = options.rows, Customers(options.rows, SEED)
    file, refused = world.folder / "people.csv", world.folder / "refused.csv"
    free = shutil.disk_usage(world.folder).free
    if free < rows * BYTES_A_ROW:
        raise Failed(f"{rows:,} contacts need {rows * BYTES_A_ROW / 1e9:.0f} GB of disk, and {free / 1e9:.0f} GB are free")
    key, address = world.contacts_key(), world.keeper()[1]

    def job(name):
        return [str(options.binary), "contacts", name, "--url", address, "--connection", "bench", "--key-file", str(key)]

    wrong = customers.write(file)
    right = sum(1 for _ in customers.numbers()) - len(wrong)
    say(f"  {rows:,} rows in {file.stat().st_size / 1e6:,.0f} MB, {len(wrong):,} of them wrong")

    first = Import(job, file, "first", ["--refused", str(refused)])
    if not first.watch(until=rows * KILLED_AT):
        first.report(3)
        raise Failed("the import was through before it could be killed: take more --rows")
    settled = first.marks[-1][1]
    say(f"  killed with SIGKILL when {settled:,} rows were settled, after {first.took:.1f} s")
    second = Import(job, file, "second", ["--refused", str(refused)])
    second.watch()
    report = second.report(3)
    if "It goes on at line" not in second.errors.read_text(encoding="utf-8"):
        raise Failed("the second run of the same command did not go on where the first was killed")
    came = [report["rows"], report["created"] + report["updated"] + report["unchanged"]]
    came += [report["refusedCount"], report["repeatedCount"]]
    due = [rows, right, len(wrong), rows - right - len(wrong)]
    if came != due:
        raise Failed(f"rows, taken, refused and repeated are {came} where {due} were due")

    third = Import(job, mend(refused, customers, wrong), "mended")
    third.watch()
    created = third.report(0)["created"]
    if created != len(wrong):
        raise Failed(f"{created} mended rows were created where {len(wrong)} were due")
    exported = export(job, world, customers)
    unchanged = again(job, world, customers)

    cpu = (first.cpu_seconds + second.cpu_seconds) * 1e6
    figures = {
        "rows": rows, "refused": len(wrong), "repeated": due[3], "settled_when_killed": settled,
        "rows_per_second": round(rows / (first.took + second.took), 1),
        "cpu_microseconds_of_the_job": round(cpu / rows, 1),
        "start_megabytes_of_the_job": round(first.memory(rows / 10), 1),
        "end_megabytes_of_the_job": round(second.peak, 1),
        "unchanged_rows_per_second": unchanged,
        "export": exported,
    }
    if rows >= LEAST_FOR_TENTHS:
        second.marks.append((second.took, rows, second.peak))
        for name, run, start, end in (
                ("first", first, first.marks[0][1], rows / 10), ("last", second, rows * 9 / 10, rows)):
            figures[f"{name}_tenth_rows_per_second"] = round((end - start) / (run.moment(end) - run.moment(start)), 1)
    tell(figures)
    return figures


def mend(refused, customers, wrong):
    """The file of refused rows with each row put right in its place; the column of reasons stays.

    Each refused row has to stand there as it was in the file, once and in order.
    """
    mended = refused.with_name("mended.csv")
    with open(refused, "rb") as rows, open(mended, "xb") as file:
        if next(rows, b"") != b"refused because," + HEADER:
            raise Failed("the file of refused rows does not begin with the file's own columns behind one of reasons")
        file.write(b"refused because," + HEADER)
        due = iter(wrong.items())
        for row in rows:
            split = re.match(rb'("line (\d+): (?:[^"]|"")*"|line (\d+): [^,]*),(.*\n)', row)
            at, number = next(due, (None, None))
            if split is None or int(split[2] or split[3]) != at or split[4] != customers.row(number):
                raise Failed(f"a refused row reads {row[:200]!r} where that of line {at} was due")
            file.write(split[1] + b"," + customers.right(number))
        if (at := next(due, (None, None))[0]) is not None:
            raise Failed(f"the row of line {at} was refused and is not in the file of refused rows")
    return mended


def export(job, world, customers):
    """The figures of an export of all contacts, which has to hold each due person once and to the letter."""
    out = world.folder / "all.csv"
    began = time.monotonic()
    process = subprocess.Popen(
        [*job("export"), "--output", str(out)], stdin=subprocess.DEVNULL, stderr=world.log("export"))
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if process.returncode:
        raise Failed(f"an export ended with {process.returncode}")
    found = Whole()
    with open(out, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        places = [header.index(name) for name in EXPORTED]
        for cells in reader:
            # An apostrophe keeps a spreadsheet from taking a cell for a formula.
            found.add([re.sub(r"^'(?=[=+\-@\t\r'])", "", cells[place]) for place in places])
    due = customers.expected()
    if found != due:
        raise Failed(f"the issuer holds {found.count:,} contacts that are not the {due.count:,} whom the file names")
    return {
        "rows_per_second": round(found.count / took, 1), "resident_megabytes_of_the_job": round(used.ru_maxrss / 1024, 1)}


def again(job, world, customers):
    """Rows a second where all is as they say."""
    numbers = [number for number in range(min(customers.rows, MOST_UNCHANGED)) if customers.repeats(number) is None]
    file = private(world.folder / "again.csv", (HEADER + b"".join(map(customers.right, numbers))).decode())
    run = Import(job, file, "again")
    run.watch()
    report = run.report(0)
    if report["unchanged"] != len(numbers):
        raise Failed(f"{report['unchanged']} of {len(numbers)} rows were unchanged when they came again")
    return round(len(numbers) / run.took, 1)


def tell(figures):
    say(
        f"  {figures['rows_per_second']:,.0f} rows/s, the job takes {figures['cpu_microseconds_of_the_job']:.0f} µs of CPU a row "
        f"and {figures['start_megabytes_of_the_job']:.0f} MB in its first tenth, "
        f"{figures['end_megabytes_of_the_job']:.0f} MB in the end")
    if "last_tenth_rows_per_second" in figures:
        say(
            f"  {figures['first_tenth_rows_per_second']:,.0f} rows/s in the first tenth, "
            f"{figures['last_tenth_rows_per_second']:,.0f} in the last")
    say(
        f"  unchanged: {figures['unchanged_rows_per_second']:,.0f} rows/s; export: {figures['export']['rows_per_second']:,.0f} "
        f"rows/s and {figures['export']['resident_megabytes_of_the_job']:.0f} MB; every contact is as it should be")


def missed(figures):
    """What the figures fall short of, in sentences; a short run says nothing of it."""
    if "last_tenth_rows_per_second" not in figures:
        return []
    said = []
    if figures["rows_per_second"] < LEAST_RATE:
        said.append(f"an import of {figures['rows_per_second']:,.0f} rows/s is slower than {LEAST_RATE:,}")
    first, last = figures["first_tenth_rows_per_second"], figures["last_tenth_rows_per_second"]
    if first > last * MOST_SLOWER:
        said.append(f"the last tenth of an import takes {first / last:.2f} times as long as the first, more than {MOST_SLOWER}")
    return said
