"""What an app called, and one's own tokens, as people meet them in a real Chromium: on a desktop and a phone, and without
JavaScript.

usage: activity.py FILE, in which a JSON object says where: account, api (an address of the API), email, password, what the page
must say (shown), how many calls there are (total), and of them how many were refused (refused). Ends with 1 and a sentence where
something does not hold.
"""

import datetime
import json
import pathlib
import sys
import tempfile
import urllib.error
import urllib.request

# What is compiled of it is not for the tree.
sys.dont_write_bytecode = True

from pages import DESKTOP, PHONE, Browser, Missed, expect  # noqa: E402
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


def make(browser, name):
    """Makes a token by its form, and returns what the page shows."""
    browser.focus("A name, to tell it from others").send_keys(name)
    browser.activate("Make the token")
    browser.shows("this page shows it once")
    return browser.driver.find_element(By.TAG_NAME, "code").text


def rotate(browser, name, overlap):
    """Makes the next token in the place of one, by its form, and returns what the page shows."""
    browser.activate(f"Rotate {name}")
    browser.focus("The token before works on for")
    browser.press(overlap[0])
    browser.activate(f"Yes, rotate {name}")
    browser.shows("Your token is rotated")
    return browser.driver.find_element(By.TAG_NAME, "code").text


def written(moment):
    """A day as the pages write it."""
    return f"{moment.day} {moment:%B} {moment.year}"


def status(place, token):
    """What the API answers to a token."""
    request = urllib.request.Request(place["api"], headers={"X-Keap-API-Key": token})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def look(size, place, profile):
    """Every page, by an accessibility audit."""
    with Browser(size, profile) as browser:
        browser.open(place["account"])
        browser.sign_in(place)
        browser.shows("What it called")
        browser.audit("the account page with pictures")
        browser.open(browser.driver.find_element(By.PARTIAL_LINK_TEXT, "What it called").get_attribute("href"))
        browser.shows("One by one")
        browser.audit("what an app called")
        browser.open(place["account"])
        browser.open(browser.driver.find_element(By.PARTIAL_LINK_TEXT, "What apps call in").get_attribute("href"))
        browser.shows("Whose approvals these are")
        browser.shows(f"Calls\n{place['total']}")
        browser.audit("what apps call in a tenant")
        browser.open(place["account"] + "/tokens")
        browser.shows("Make a token")
        make(browser, f"looked at {size[0]}")
        browser.audit("a token that was made")
        browser.open(place["account"] + "/tokens")
        for one in browser.driver.find_elements(By.TAG_NAME, "summary"):
            one.click()
        browser.audit("one's own tokens")


def act(size, place, profile):
    """The figures, by keyboard alone and without JavaScript."""
    began = datetime.datetime.now(datetime.timezone.utc)
    with Browser(size, profile, scripts=False) as browser:
        browser.open(place["account"])
        browser.sign_in(place)
        browser.shows(f"{place['total']} calls in 30 days, {place['refused']} of them failed")
        browser.activate("What it called with Shop portal in Acme")
        browser.shows(f"{place['total']} calls, newest first.")
        for words in place["shown"]:
            expect(words in browser.text, f"the page says “{words}”, and not only: {browser.text}")
        expect(browser.driver.find_elements(By.CSS_SELECTOR, "svg[role=img] rect.bar"), "there is a picture")
        browser.focus("Answer")
        browser.press("4")
        browser.activate("Show these")
        browser.shows(f"{place['refused']} calls, newest first.")
        listed = [one.text for one in browser.driver.find_elements(By.CSS_SELECTOR, "ol.calls li")]
        expect(len(listed) == place["refused"] and all(" 404 " in one for one in listed), f"the refused ones alone: {listed}")
        browser.activate("Show all")
        browser.shows(f"{place['total']} calls, newest first.")
        browser.focus("Back to your account").send_keys(Keys.ENTER)
        browser.shows("Apps that act for you")
        browser.activate("Your own tokens")
        browser.shows("Make a token")
        first = make(browser, "nightly")
        expect(status(place, first) == 200, "the token is taken")
        browser.activate("Back to your tokens")
        browser.shows("nightly personal token for Acme")
        browser.focus("A name, to tell it from others").send_keys("nightly")
        browser.activate("Make the token")
        browser.shows("You have a token named nightly for Acme already.")
        browser.activate("Rename nightly")
        field = browser.focus("New name")
        field.clear()
        field.send_keys("weekly", Keys.ENTER)
        browser.shows("The token has its new name.")
        browser.shows("weekly personal token for Acme")
        second = rotate(browser, "weekly", "7 days")
        expect(status(place, first) == status(place, second) == 200, "both work")
        browser.activate("Back to your tokens")
        browser.shows("The token before it works too, until ")
        ends = [written(moment + datetime.timedelta(days=7)) for moment in (began, datetime.datetime.now(datetime.timezone.utc))]
        expect(any(f"too, until {end}" in browser.text for end in ends), f"it works for a week, to {ends}: {browser.text}")
        third = rotate(browser, "weekly", "no time")
        expect([status(place, one) for one in (first, second, third)] == [401, 401, 200], "the last one alone works")
        browser.activate("Back to your tokens")
        expect("The token before it works too" not in browser.text, "none before it works")
        browser.activate("End weekly")
        browser.activate("Yes, end weekly")
        browser.shows("The token has ended")
        expect(status(place, third) == 401, "it works no more")


def main():
    place = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        for step, size in ((look, DESKTOP), (look, PHONE), (act, DESKTOP), (act, PHONE)):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                step(size, place, profile)
    except Missed as missed:
        print(f"It does not hold: {missed}", file=sys.stderr)
        return 1
    print("the pages hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
