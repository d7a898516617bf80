"""Authlib against a server, with requests and with httpx: an approval with PKCE, calls, refreshes, the end, and each refusal."""

import asyncio
import os

# The server is on loopback.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session

import stage


def app(place, kind, method="client_secret_basic", **options):
    return kind(
        place.client_id, options.pop("secret", place.client_secret), scope="full", redirect_uri=place.redirect_uri,
        code_challenge_method="S256", token_endpoint_auth_method=method, token_endpoint=place.token, **options)


def ask(place, session, decision="approve"):
    verifier = generate_token(48)
    address, _ = session.create_authorization_url(place.authorize, code_verifier=verifier)
    return verifier, place.person().decides(address, decision)


def with_requests(place, method):
    kept = []
    session = app(place, OAuth2Session, method, update_token=lambda token, **_: kept.append(dict(token)))
    verifier, back = ask(place, session)
    token = session.fetch_token(place.token, authorization_response=back, code_verifier=verifier)
    place.check_scope(token["scope"])
    place.passed("an approval with PKCE")
    if place.dialect.has_plain_scope:
        place.passed("the scope that was asked for comes back")
    stage.equal("a call's status", session.get(place.contacts).status_code, 200)
    place.passed("calls")

    first = token["refresh_token"]
    session.refresh_token(place.token)
    stage.expect(session.token["refresh_token"] != first, "a refresh brings another refresh token")
    place.passed("a refresh")
    if place.dialect.forgives_repeats:
        repeated = app(place, OAuth2Session, method).refresh_token(place.token, refresh_token=first)
        stage.equal("the successor of a token that came twice", repeated["refresh_token"], session.token["refresh_token"])
        place.passed("a lost answer is given again")
    else:
        stage.refused(
            "a token that came twice", OAuthError,
            lambda: app(place, OAuth2Session, method).refresh_token(place.token, refresh_token=first))

    # Its own refresh, before a call with a token that it knows to have ended.
    session.token = {**session.token, "expires_at": 1}
    stage.equal("a call's status after its own refresh", session.get(place.contacts).status_code, 200)
    stage.equal("the last token to keep", kept[-1]["access_token"], session.token["access_token"])
    place.passed("a refresh by itself, before a call")

    if place.dialect.revoke:
        ended = session.revoke_token(place.revoke, token=session.token["refresh_token"], token_type_hint="refresh_token")
        stage.equal("the status of a revocation", ended.status_code, 200)
        stage.equal("a call's status after it", session.get(place.contacts).status_code, 401)
        stage.refused("a refresh after it", OAuthError, lambda: session.refresh_token(place.token), "invalid_grant")
        place.passed("giving the approval up")


def refusals(place):
    wrong = app(place, OAuth2Session, secret="wrong")
    verifier, back = ask(place, wrong)
    fetch = {"authorization_response": back, "code_verifier": verifier}
    if place.dialect.names_wrong_client:
        stage.refused("a wrong secret", OAuthError, lambda: wrong.fetch_token(place.token, **fetch), "invalid_client")
        place.passed("a wrong secret is an error")
    else:
        # The library takes it for a token.
        stage.expect("access_token" not in wrong.fetch_token(place.token, **fetch), "a wrong secret brings no token")
    right = app(place, OAuth2Session)
    stage.refused(
        "a wrong verifier", OAuthError,
        lambda: right.fetch_token(place.token, authorization_response=back, code_verifier=generate_token(48)), "invalid_grant")
    right.fetch_token(place.token, **fetch)
    stage.refused("a code that came twice", OAuthError, lambda: right.fetch_token(place.token, **fetch), "invalid_grant")
    _, denied = ask(place, right, "deny")
    stage.expect("error=access_denied" in denied, "a no is told to the app")
    stage.refused(
        "an unknown refresh token", OAuthError,
        lambda: app(place, OAuth2Session).refresh_token(place.token, refresh_token="evr_unknown"))
    place.passed("every other refusal is an error")


async def with_httpx(place):
    async with app(place, AsyncOAuth2Client) as session:
        verifier, back = ask(place, session)
        await session.fetch_token(place.token, authorization_response=back, code_verifier=verifier)
        session.token = {**session.token, "expires_at": 1}
        # Calls at once: the library refreshes for them all, once.
        answers = await asyncio.gather(*(session.get(place.contacts) for _ in range(8)))
        stage.equal("what eight calls got", [answer.status_code for answer in answers], [200] * 8)
        place.passed("eight calls at once, and one refresh")
        if place.dialect.revoke:
            ended = await session.revoke_token(place.revoke, token=session.token["access_token"])
            stage.equal("the status of a revocation", ended.status_code, 200)
            stage.equal("a call's status after it", (await session.get(place.contacts)).status_code, 401)


def story(place):
    for method in ("client_secret_basic", "client_secret_post"):
        with_requests(place, method)
    refusals(place)
    asyncio.run(with_httpx(place))
    return {"library": "Authlib"}


stage.play(story)
