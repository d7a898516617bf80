"""requests-oauthlib against a server: an approval with PKCE, calls, refreshes by eight threads with a lock, and each refusal."""

import concurrent.futures
import os
import threading

# The server is on loopback.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import oauthlib.oauth2
import requests
import requests_oauthlib
from oauthlib.oauth2.rfc6749 import errors

import stage

THREADS = 8


class LockedSession(requests_oauthlib.OAuth2Session):
    """A session that threads share: one of them refreshes, and whoever waited meanwhile takes what it got."""

    def __init__(self, place, *arguments, **options):
        super().__init__(*arguments, **options)
        self.lock = threading.Lock()
        self.refreshes = 0
        self.place = place

    def call(self, address):
        stale = self.token["access_token"]
        answer = requests.get(address, headers={"Authorization": f"Bearer {stale}"}, timeout=60)
        if answer.status_code != 401:
            return answer
        with self.lock:
            if self.token["access_token"] == stale:
                self.refreshes += 1
                self.refresh_token(
                    self.place.token, auth=requests.auth.HTTPBasicAuth(self.place.client_id, self.place.client_secret))
        fresh = self.token["access_token"]
        return requests.get(address, headers={"Authorization": f"Bearer {fresh}"}, timeout=60)


def story(place):
    if not place.dialect.has_plain_scope:
        # What Keap's users of this library have to set: the scope of the answer is another than the one that was asked for.
        os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

    def session(kind=requests_oauthlib.OAuth2Session, **options):
        return kind(client_id=place.client_id, redirect_uri=place.redirect_uri, scope=["full"], **options)

    def approved(app, decision="approve"):
        address, _ = app.authorization_url(place.authorize)
        return place.person().decides(address, decision)

    app = session(pkce="S256")
    back = approved(app)
    token = app.fetch_token(place.token, authorization_response=back, client_secret=place.client_secret)
    place.passed("an approval with PKCE")
    if place.dialect.has_plain_scope:
        place.passed("the scope that was asked for comes back")
    place.check_scope(" ".join(token["scope"]) if isinstance(token["scope"], list) else token["scope"])
    stage.equal("the type of a token", token["token_type"].lower(), "bearer")
    stage.expect(token["expires_in"] > 0 and token["refresh_token"], "an answer has a lifetime and a refresh token")
    stage.equal("a call's status", app.get(place.contacts).status_code, 200)
    place.passed("calls")

    first = token["refresh_token"]
    again = app.refresh_token(place.token, client_id=place.client_id, client_secret=place.client_secret)
    stage.expect(again["refresh_token"] != first, "a refresh brings another refresh token")
    place.passed("a refresh")

    def repeat():
        return session(token={"access_token": "x", "refresh_token": first, "token_type": "bearer"}).refresh_token(
            place.token, client_id=place.client_id, client_secret=place.client_secret)

    if place.dialect.forgives_repeats:
        stage.equal("the successor of a token that came twice", repeat()["refresh_token"], again["refresh_token"])
        place.passed("a lost answer is given again")
    else:
        stage.refused("a token that came twice", errors.InvalidGrantError, repeat)
    stage.equal("a call's status after a refresh", app.get(place.contacts).status_code, 200)

    # Its own refresh, before a call with a token that it knows to have ended.
    kept = []
    automatic = session(
        token={**app.token, "expires_at": 1}, auto_refresh_url=place.token, token_updater=kept.append,
        auto_refresh_kwargs={"client_id": place.client_id, "client_secret": place.client_secret})
    stage.equal("a call's status after its own refresh", automatic.get(place.contacts).status_code, 200)
    stage.equal("the number of tokens to keep", len(kept), 1)
    place.passed("a refresh by itself, before a call")

    shared = session(lambda **options: LockedSession(place, **options))
    shared.token = {**kept[0], "access_token": "eva_stale"}
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        statuses = list(pool.map(lambda _: shared.call(place.contacts).status_code, range(THREADS)))
    stage.equal("what eight threads got", statuses, [200] * THREADS)
    stage.equal("the refreshes of eight threads", shared.refreshes, 1)
    place.passed("eight calls at once, and one refresh")

    refusals(place, session, approved)
    if place.dialect.revoke:
        revoke(place, shared)
    return {"library": "requests-oauthlib", "threads": THREADS, "refreshes": shared.refreshes}


def refusals(place, session, approved):
    app = session(pkce="S256")
    back = approved(app)
    # What is no error to the library is an answer without a token.
    stage.refused(
        "a wrong secret", errors.InvalidClientError if place.dialect.names_wrong_client else errors.MissingTokenError,
        lambda: app.fetch_token(place.token, authorization_response=back, client_secret="wrong"))
    place.passed("a wrong secret is an error")
    verifier = app._code_verifier
    app._code_verifier = verifier[::-1]
    stage.refused(
        "a wrong verifier", errors.InvalidGrantError,
        lambda: app.fetch_token(place.token, authorization_response=back, client_secret=place.client_secret))
    app._code_verifier = verifier
    app.fetch_token(place.token, authorization_response=back, client_secret=place.client_secret)
    stage.refused(
        "a code that came twice", errors.InvalidGrantError,
        lambda: app.fetch_token(place.token, authorization_response=back, client_secret=place.client_secret))
    other = session(pkce="S256")
    denied = approved(other, "deny")
    stage.refused(
        "a no", errors.AccessDeniedError,
        lambda: other.fetch_token(place.token, authorization_response=denied, client_secret=place.client_secret))
    stranger = session(pkce="S256")
    stranger.authorization_url(place.authorize)
    stage.refused(
        "another request's state", errors.MismatchingStateError,
        lambda: stranger.fetch_token(place.token, authorization_response=back, client_secret=place.client_secret))
    unknown = session(token={"access_token": "x", "refresh_token": "evr_unknown", "token_type": "bearer"})
    stage.refused(
        "an unknown refresh token", (errors.InvalidGrantError, errors.InvalidRequestError),
        lambda: unknown.refresh_token(place.token, client_id=place.client_id, client_secret=place.client_secret))
    stage.equal("a call's status with a wrong token", unknown.get(place.contacts).status_code, 401)
    place.passed("every other refusal is an error")


def revoke(place, session):
    client = oauthlib.oauth2.WebApplicationClient(place.client_id)
    address, headers, body = client.prepare_token_revocation_request(
        place.revoke, session.token["refresh_token"], "refresh_token")
    answer = requests.post(address, data=body, headers=headers, auth=(place.client_id, place.client_secret), timeout=60)
    stage.equal("the status of a revocation", answer.status_code, 200)
    stage.equal("a call's status after it", session.get(place.contacts).status_code, 401)
    stage.refused(
        "a refresh after it", errors.InvalidGrantError,
        lambda: session.refresh_token(place.token, client_id=place.client_id, client_secret=place.client_secret))
    place.passed("giving the approval up")


stage.play(story)
