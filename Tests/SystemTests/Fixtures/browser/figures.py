"""Whether the pages' figures of calls are those of the calls that were made, in a real Chromium, on a desktop and a phone, without
JavaScript.

usage: figures.py FILE, in which a JSON object says where: account, tenant (its name), email, password, and ledger, the file of
what was called. Ends with 1 and a sentence where something does not hold.
"""

import collections
import json
import pathlib
import re
import sys
import tempfile
import urllib.parse

# What is compiled of it is not for the tree.
sys.dont_write_bytecode = True

from pages import DESKTOP, PHONE, Browser, Missed, expect  # noqa: E402
from selenium.webdriver.common.by import By

LINE = re.compile(r"(?P<method>\S+) (?P<path>.+) (?P<status>\d{3}) · .+ · from (?P<address>\S+)")
A_PAGE = 50


def times(count):
    return f"{count} time" + ("" if count == 1 else "s")


def total(calls):
    return f"{len(calls)} call" + ("" if len(calls) == 1 else "s") + ", newest first."


def lines(browser, selector):
    """The lines of lists, each asked for once."""
    return [line for one in browser.driver.find_elements(By.CSS_SELECTOR, selector) for line in one.text.splitlines()]


def follow(browser, name):
    """Opens a link by the name that it is read out with."""
    for link in browser.driver.find_elements(By.TAG_NAME, "a"):
        if link.accessible_name == name:
            return browser.open(link.get_attribute("href"))
    raise Missed(f"there is no link “{name}” on: {browser.text[:600]}")


def narrowed(address, chosen):
    return address + "&" + urllib.parse.urlencode(chosen, quote_via=urllib.parse.quote)


def listed(browser):
    """The calls that a page lists."""
    found = []
    for line in lines(browser, "ol.calls"):
        parts = LINE.fullmatch(line)
        expect(parts, f"a call is told whole: {line}")
        found.append((parts["method"], parts["path"], int(parts["status"]), parts["address"]))
    return found


def told(calls):
    return [(one["method"], one["path"], one["status"], one["address"]) for one in calls]


def overview(browser, calls):
    """What is told in short."""
    browser.shows(f"Calls since you approved\n{len(calls)}")
    failed = sum(one["status"] >= 400 for one in calls)
    browser.shows(f"{len(calls)} calls in 30 days, {failed} of them failed")
    what = collections.Counter(f"{one['method']} {one['path']}" for one in calls)
    where = collections.Counter(one["address"] for one in calls)
    shown = lines(browser, "section[aria-labelledby=figures] ul")
    wanted = [f"{words} {times(count)}" for counts in (what, where) for words, count in counts.items()]
    expect(sorted(shown) == sorted(wanted), f"what was called and from where: {shown}, and not {wanted}")


def filters(calls, choices):
    """Each value that a list can be filtered by, or some together, with the calls that match."""
    keys = {
        "method": lambda one: one["method"], "path": lambda one: one["path"], "address": lambda one: one["address"],
        "status": lambda one: one["status"] // 100,
    }
    for names in choices:
        matching = collections.defaultdict(list)
        for one in calls:
            matching[tuple(keys[name](one) for name in names)].append(one)
        for values, found in sorted(matching.items()):
            yield dict(zip(names, values)), found
    yield {"method": "GET", "address": "203.0.113.1"}, []


def look(size, place, ledger, profile):
    clients = sorted({one["client"] for one in ledger})
    choices = [("status",), ("address",)]
    if size == DESKTOP:
        choices += [("method",), ("path",), ("address", "status")]
    with Browser(size, profile, scripts=False) as browser:
        browser.open(place["account"])
        browser.sign_in(place)
        browser.shows("Apps that act for you")
        for client in clients if size == DESKTOP else clients[:1]:
            calls = [one for one in ledger if one["client"] == client]
            browser.open(place["account"])
            follow(browser, f"What it called with {client} in {place['tenant']}")
            browser.shows(total(calls))
            overview(browser, calls)
            plain = browser.driver.current_url
            for chosen, found in filters(calls, choices):
                browser.open(narrowed(plain, chosen))
                browser.shows(total(found))
                shown = listed(browser)
                expect(len(shown) == min(A_PAGE, len(found)), f"{client}, {chosen}: {len(shown)} are listed")
                expect(not collections.Counter(shown) - collections.Counter(told(found)), f"{client}, {chosen}: {shown}")
            # The calls that were refused at one address, page by page.
            address = calls[-1]["address"]
            refused = [one for one in calls if one["status"] >= 400 and one["address"] == address]
            browser.open(narrowed(plain, {"status": 4, "address": address}))
            shown = listed(browser)
            while browser.driver.find_elements(By.LINK_TEXT, "Older calls"):
                follow(browser, "Older calls")
                shown += listed(browser)
            expect(sorted(shown) == sorted(told(refused)), f"{client}: {len(shown)} of {len(refused)} calls are listed")
        browser.open(place["account"])
        follow(browser, f"What apps call in {place['tenant']}")
        shown = {
            app.find_element(By.TAG_NAME, "h2").text: app.find_element(By.TAG_NAME, "dd").text
            for app in browser.driver.find_elements(By.TAG_NAME, "article")
        }
        wanted = {client: str(count) for client, count in collections.Counter(one["client"] for one in ledger).items()}
        expect(shown == wanted, f"what apps called in {place['tenant']}: {shown}, and not {wanted}")


def main():
    place = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    ledger = json.loads(pathlib.Path(place["ledger"]).read_text(encoding="utf-8"))
    try:
        for size in (DESKTOP, PHONE):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                look(size, place, ledger, profile)
    except Missed as missed:
        print(f"It does not hold: {missed}", file=sys.stderr)
        return 1
    print("the figures hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
