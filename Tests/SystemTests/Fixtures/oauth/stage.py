"""What the scripts of this folder have in common: where a server of a dialect is, the person at its pages, and checks.

A script is run with one argument, a file with a JSON object: dialect, issuer (its address), client_id, client_secret, redirect_uri,
email and password.
"""

import dataclasses
import html.parser
import http.cookiejar
import json
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request


@dataclasses.dataclass(frozen=True)
class Dialect:
    authorize: str
    token: str
    # Where a client gives its tokens up; None where none may.
    revoke: str | None
    # Whether the scope of an answer is the one that was asked for.
    has_plain_scope: bool
    # Whether a refresh token that was used, and whose successor was not, is answered with the same successor.
    forgives_repeats: bool
    # Whether a wrong secret is refused by the standard's `error`, and not by members of Keap's own.
    names_wrong_client: bool


# Our own addresses, Keap's addresses of the same server, and those of one that meets Keap's rules.
DIALECTS = {
    "evergrant": Dialect("/oauth/authorize", "/oauth/token", "/oauth/revoke", True, True, True),
    "keap": Dialect("/app/oauth/authorize", "/token", None, False, True, True),
    "strict": Dialect("/app/oauth/authorize", "/token", None, False, False, False),
}


class Missed(Exception):
    """Something does not hold."""


def expect(holds, what):
    if not holds:
        raise Missed(what)


def equal(what, found, wanted):
    expect(found == wanted, f"{what} is {found!r}, and not {wanted!r}")


def refused(what, kind, call, words=""):
    """What an error says of a call that has to fail."""
    try:
        call()
    except kind as error:
        expect(words in str(error), f"{what} was refused with {error}, and not with {words}")
        return error
    raise Missed(f"{what} was not refused with {kind.__name__}")


class Place:
    """Where a script works."""

    def __init__(self, **told):
        self.dialect = DIALECTS[told["dialect"]]
        self.issuer = told["issuer"]
        self.client_id = told["client_id"]
        self.client_secret = told["client_secret"]
        self.redirect_uri = told["redirect_uri"]
        self.email = told["email"]
        self.password = told["password"]
        self.contacts = self.issuer + "/crm/rest/v2/contacts?page_size=1"
        self.steps = []

    def passed(self, step):
        """Notes what has come to pass, in the words of the table of docs/rehearsing.md."""
        if step not in self.steps:
            self.steps.append(step)

    @property
    def authorize(self):
        return self.issuer + self.dialect.authorize

    @property
    def token(self):
        return self.issuer + self.dialect.token

    @property
    def revoke(self):
        return self.issuer + self.dialect.revoke

    def check_scope(self, scope):
        if self.dialect.has_plain_scope:
            equal("the scope of an answer", scope, "full")
        else:
            expect(scope.startswith("full|"), f"the scope of an answer is {scope!r}")

    def person(self):
        return Person(self)


class Person:
    """Somebody with a browser who signs in and decides, and shows where the browser was sent."""

    def __init__(self, place):
        self.place = place
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(jar, StayHere())

    def decides(self, address, decision="approve"):
        """The address that the app gets back."""
        page = self.open(address)
        for _ in range(4):
            fields = Form.hidden(page)
            if "approval" in fields:
                return self.open(self.place.issuer + "/consent", {**fields, "decision": decision})
            if "next" not in fields:
                return page
            page = self.open(
                self.place.issuer + "/signin",
                {**fields, "email": self.place.email, "password": self.place.password})
        raise Missed("the pages lead nowhere")

    def open(self, address, fields=None):
        """The page, or the address that a redirect leads to away from this server."""
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            with self.browser.open(address, data) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                location = error.headers.get("Location")
                if location is None:
                    return error.read().decode()
        address = urllib.parse.urljoin(address, location)
        return self.open(address) if address.startswith(self.place.issuer + "/") else address


class StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_):
        return None


class Form(html.parser.HTMLParser):
    """The hidden fields of a page."""

    def __init__(self):
        super().__init__()
        self.fields = {}

    @classmethod
    def hidden(cls, page):
        form = cls()
        form.feed(page)
        return form.fields

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]


def play(story):
    """Runs a script's story, prints what it tells and what passed as one JSON line, or ends with 1 and a sentence."""
    name = pathlib.Path(sys.argv[0]).name
    place = Place(**json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))
    try:
        told = story(place)
    except Missed as missed:
        sys.exit(f"{name}: {missed}")
    print(json.dumps({**told, "passed": place.steps}, sort_keys=True))
