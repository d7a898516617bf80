"""The pages as people meet them, in a real Chromium: on a desktop and a phone, by keyboard alone and without JavaScript.

usage: pages.py FILE, in which a JSON object says where: links (of the console, one for each browser), account, email, password,
and pictures, a folder for screenshots or absent. Ends with 1 and a sentence where something does not hold.
"""

import importlib.resources
import json
import pathlib
import shutil
import sys
import tempfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DESKTOP, PHONE = (1280, 900), (390, 844)
# Seconds: only ends what would never end.
FAR_OFF = 600
# Seconds between two looks at a page: what a key began is there after a part of one.
SOON = 0.05
AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


class Missed(Exception):
    """Something does not hold."""


def expect(holds, what):
    if not holds:
        raise Missed(what)


class Browser:
    """A Chromium with a screen of a size."""

    def __init__(self, size, profile, scripts=True):
        options = webdriver.ChromeOptions()
        # The sandbox needs rights that a build machine may not give; these pages are our own.
        for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", f"user-data-dir={profile}", "disable-gpu"):
            options.add_argument("--" + flag)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(FAR_OFF)
        self.driver.set_script_timeout(FAR_OFF)
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        self.size = size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, address):
        self.driver.get(address)

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def shows(self, words):
        try:
            waiting = WebDriverWait(self.driver, FAR_OFF, poll_frequency=SOON, ignored_exceptions=[WebDriverException])
            waiting.until(lambda _: words in self.text)
        except WebDriverException as error:
            raise Missed(f"the page does not say “{words}”, but: {self.text[:600]}") from error

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self, name):
        """Goes on by Tab to what has that name, as somebody without a mouse does."""
        seen = []
        for _ in range(80):
            active = self.driver.switch_to.active_element
            if active.tag_name not in ("body", "html"):
                seen.append(active.accessible_name)
                if seen[-1] == name:
                    outlined = active.value_of_css_property("outline-style") != "none" or active.tag_name == "input"
                    expect(outlined, f"one sees that {name} has the focus")
                    return active
            self.press(Keys.TAB)
        raise Missed(f"“{name}” is not reached by Tab; these are: {seen}")

    def activate(self, name):
        self.focus(name)
        self.press(Keys.ENTER)

    def audit(self, page):
        """No violation of an accessibility rule, and nothing that one must scroll sideways for."""
        self.driver.execute_script(AXE)
        violations = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then(r => done(r.violations), e => done([{id: String(e), nodes: []}]))")
        told = [f"{one['id']}: {one.get('help', '')} {[node['html'] for node in one['nodes']][:3]}" for one in violations]
        expect(not told, f"{page} at {self.size[0]} pixels: {told}")
        wide = self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        expect(wide <= 0, f"{page} is {wide} pixels wider than {self.size[0]}")

    def picture(self, folder, name):
        if folder:
            kind = "phone" if self.size == PHONE else "desktop"
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            self.driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": self.size[0], "height": min(height, 1600), "deviceScaleFactor": 1, "mobile": self.size == PHONE})
            self.driver.save_screenshot(str(pathlib.Path(folder) / f"{name}-{kind}.png"))

    def sign_in(self, place):
        self.focus("E-mail address").send_keys(place["email"])
        self.focus("Password").send_keys(place["password"])
        self.press(Keys.ENTER)


def look(size, link, place, profile):
    """Every page, by an accessibility audit."""
    with Browser(size, profile) as browser:
        browser.open(place["account"])
        browser.audit("the sign-in page")
        browser.sign_in(place)
        browser.shows("Apps that act for you")
        browser.audit("the account page")
        browser.picture(place.get("pictures"), "account")
        browser.open(link.rsplit("/", 2)[0])
        browser.shows("Nobody is signed in")
        browser.audit("the console without a session")
        browser.open(link)
        browser.audit("the console's door")
        browser.activate("Sign in")
        browser.shows("Connections")
        browser.audit("the console")
        browser.picture(place.get("pictures"), "console")
        browser.activate("Approve again shop")
        browser.shows("Approve shop again")
        browser.audit("approving again")
        browser.open(browser.driver.find_element(By.PARTIAL_LINK_TEXT, "Open").get_attribute("href"))
        browser.shows("act for you?")
        browser.audit("the consent page")
        browser.picture(place.get("pictures"), "consent")
        browser.open(link)
        browser.shows("This link counts no more")
        browser.audit("a link that is used up")


def act(size, link, place, profile):
    """Everything that is done on the pages, by keyboard alone and without JavaScript."""
    with Browser(size, profile, scripts=False) as browser:
        browser.open("data:text/html,<p>plain</p><script>document.write('scripted')</script>")
        expect("scripted" not in browser.text, "this browser runs no JavaScript")
        browser.open(link)
        browser.activate("Sign in")
        browser.shows("Connections")
        browser.activate("Pause shop")
        browser.shows("Every call of the jobs of shop is refused")
        browser.activate("Yes, pause shop")
        browser.shows("shop is paused: no call goes through any more")
        expect(browser.driver.current_url.endswith("#at-shop"), "one stays at the connection")
        browser.activate("Resume shop")
        browser.shows("shop is resumed: calls go through again")
        browser.activate("Revoke weekly")
        browser.activate("Yes, revoke weekly")
        browser.shows("The key weekly is revoked")
        expect("Revoke weekly" not in browser.driver.page_source.replace('<span class="unseen">', ""), "the revoked key is gone")

        browser.activate("Approve again shop")
        browser.shows("Approve shop again")
        leads = browser.driver.find_element(By.PARTIAL_LINK_TEXT, "Open").get_attribute("href")
        console = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        browser.open(leads)
        browser.sign_in(place)
        browser.shows("act for you?")
        browser.focus("Approve")
        try:
            browser.press(Keys.ENTER)
            WebDriverWait(browser.driver, FAR_OFF, poll_frequency=SOON).until(lambda driver: "code=" in driver.current_url)
        except WebDriverException:
            # Nobody listens at the address that the browser ends on; it is in its bar all the same.
            expect("code=" in browser.driver.current_url, "the browser ends on the app's address")
        ended = browser.driver.current_url
        browser.driver.close()
        browser.driver.switch_to.window(console)
        browser.focus("The address that the browser ended on").send_keys(ended)
        browser.press(Keys.ENTER)
        browser.shows("shop is connected again")
        browser.activate("Sign out")
        browser.shows("Nobody is signed in")

        browser.open(place["account"])
        browser.shows("Apps that act for you")
        browser.activate("Revoke")
        browser.shows("The approval has ended")


def main():
    place = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    links = iter(place["links"])
    try:
        for step, size in ((look, DESKTOP), (look, PHONE), (act, PHONE)):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                step(size, next(links), place, profile)
    except Missed as missed:
        print(f"It does not hold: {missed}", file=sys.stderr)
        return 1
    print("the pages hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
