"""A customer file of made-up people by seed, of any length: which row is which person, which rows are wrong, and for what.

A row follows from the seed and its number alone, so nothing is held but the lines of the rows that are wrong.
"""

import hashlib

HEADER = b"First Name,Last Name,Phone,Email,City,State,Country\n"
# As an export calls what the columns above become.
EXPORTED = ["given name", "family name", "phone", "email", "billing city", "billing region", "billing country"]

GIVEN = ["Ada", "Björn", "Chloé", "Dimitri", "Élise", "Fatma", "Goran", "Hélène", "Ines", "Jürgen", "Kō", "Łucja", "明"]
FAMILY = ["Quill", "O'Neil", "Müller", "Ångström", "García", "de la Cruz", "Novák", "Öztürk", "Šarić", "Þórsson", "伊藤"]
CITIES = [
    ("Tucson", "AZ"), ("Saint Paul", "MN"), ('Old "Town"', "ME"), ("Portland, East", "OR"), ("Salem", "MA"),
    ("Winslow\nNorth", "AZ"), ("Reno", "NV"),
]

# One row in 50 is wrong, and one in 1,000 is a person who came before.
WRONG, REPEATED = 50, 1000
FAULTS = [
    "no address", "no @", "too few columns", "too many columns", "a NUL", "a byte that is not UTF-8", "an open quote",
    "text behind a quote",
]


def cell(text):
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def line(cells):
    return ",".join(cell(text) for text in cells).encode() + b"\n"


class Customers:
    def __init__(self, rows, seed):
        self.rows, self.seed = rows, seed

    def _draw(self, number, purpose):
        """A number that looks drawn: the same for the same seed, row and purpose."""
        mixed = (self.seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + purpose * 0x8CB92BA72F3D8DD7) % (1 << 64)
        for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
            mixed = (mixed ^ mixed >> 30) * factor % (1 << 64)
        return mixed ^ mixed >> 31

    def person(self, number):
        """What the columns say of the person, as it should read."""
        draw = self._draw(number, 1)
        given, draw = GIVEN[draw % len(GIVEN)], draw // len(GIVEN)
        family, draw = FAMILY[draw % len(FAMILY)], draw // len(FAMILY)
        city, state = CITIES[draw % len(CITIES)]
        return [
            f"{given} {number}", family, f"+1 555 {draw % 10**7:07d}", f"p{number}@example.org", city, state, "United States"]

    def fault(self, number):
        """What is wrong with the row; None for a right one."""
        draw = self._draw(number, 2)
        return None if draw % WRONG else FAULTS[draw // WRONG % len(FAULTS)]

    def repeats(self, number):
        """The number of the person who comes again in this row."""
        draw = self._draw(number, 3)
        if number == 0 or draw % REPEATED or self.fault(number):
            return None
        earlier = number - 1 - draw // REPEATED % min(number, 500)
        is_first = self._draw(earlier, 3) % REPEATED and not self.fault(earlier)
        return earlier if is_first else None

    def right(self, number):
        return line(self.person(number))

    def row(self, number):
        fault = self.fault(number)
        if fault is None:
            earlier = self.repeats(number)
            cells = self.person(number)
            if earlier is not None:
                cells[3] = self.person(earlier)[3]
            return line(cells)
        given, family, phone, email, _, _, country = self.person(number)
        plain = [given, family, phone, email, "Tucson", "AZ", country]
        if fault == "no address":
            return line([*plain[:3], "", *plain[4:]])
        if fault == "no @":
            return line([*plain[:3], email.replace("@", "."), *plain[4:]])
        if fault == "too few columns":
            return line(plain[:5])
        if fault == "too many columns":
            return line([*plain, "more"])
        whole = line(plain)
        if fault == "a NUL":
            return b"\0" + whole
        if fault == "a byte that is not UTF-8":
            return b"\xe9" + whole
        if fault == "an open quote":
            return b'"' + whole
        return b'"Behind" a quote' + whole

    def write(self, path):
        """Makes the file, and says by the line that it begins on which row is wrong."""
        wrong, place = {}, 2
        with open(path, "xb") as file:
            file.write(HEADER)
            for number in range(self.rows):
                row = self.row(number)
                if self.fault(number):
                    wrong[place] = number
                file.write(row)
                place += row.count(b"\n")
        return wrong

    def numbers(self):
        """Those who are contacts in the end, once each."""
        return (number for number in range(self.rows) if self.repeats(number) is None)

    def expected(self):
        """What the contacts are in the end, whatever their order."""
        whole = Whole()
        for number in self.numbers():
            given, family, phone, email, city, state, _ = self.person(number)
            whole.add([given, family, phone, email, city, "US-" + state, "USA"])
        return whole


class Whole:
    """So many records, whatever their order: two are equal if the same records are in them, each as often."""

    def __init__(self):
        self.count, self.sum = 0, 0

    def add(self, texts):
        self.count += 1
        digest = hashlib.blake2b("\x1f".join(texts).encode(), digest_size=16).digest()
        self.sum = (self.sum + int.from_bytes(digest, "big")) % (1 << 128)

    def __eq__(self, other):
        return (self.count, self.sum) == (other.count, other.sum)
