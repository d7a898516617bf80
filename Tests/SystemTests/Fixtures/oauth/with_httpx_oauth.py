"""httpx-oauth against a server: an approval with PKCE, calls, a refresh, the end, and each refusal."""

import asyncio
import base64
import hashlib
import secrets
import urllib.parse

import httpx
from httpx_oauth.oauth2 import GetAccessTokenError, OAuth2, RefreshTokenError

import stage


def client(place, secret=None, method="client_secret_basic"):
    return OAuth2(
        place.client_id, secret or place.client_secret, place.authorize, place.token, place.token,
        place.issuer + place.dialect.revoke if place.dialect.revoke else None, base_scopes=["full"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method if place.dialect.revoke else None)


async def ask(place, app, decision="approve"):
    """The verifier, and what the app gets back."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    state = secrets.token_urlsafe(16)
    address = await app.get_authorization_url(
        place.redirect_uri, state, code_challenge=challenge, code_challenge_method="S256")
    back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(place.person().decides(address, decision)).query))
    stage.equal("the state that came back", back["state"], state)
    return verifier, back


async def refused(what, kind, call):
    try:
        await call
    except kind as error:
        return error
    raise stage.Missed(f"{what} was not refused with {kind.__name__}")


async def call(place, token):
    async with httpx.AsyncClient() as http:
        answer = await http.get(place.contacts, headers={"Authorization": f"Bearer {token['access_token']}"})
        return answer.status_code


async def whole(place, method):
    app = client(place, method=method)
    verifier, back = await ask(place, app)
    token = await app.get_access_token(back["code"], place.redirect_uri, verifier)
    place.check_scope(token["scope"])
    place.passed("an approval with PKCE")
    if place.dialect.has_plain_scope:
        place.passed("the scope that was asked for comes back")
    stage.expect(not token.is_expired(), "a new token has not ended")
    stage.equal("a call's status", await call(place, token), 200)
    place.passed("calls")
    again = await app.refresh_token(token["refresh_token"])
    stage.expect(again["refresh_token"] != token["refresh_token"], "a refresh brings another refresh token")
    place.passed("a refresh")
    if place.dialect.forgives_repeats:
        repeated = await app.refresh_token(token["refresh_token"])
        stage.equal("the successor of a token that came twice", repeated["refresh_token"], again["refresh_token"])
        place.passed("a lost answer is given again")
    else:
        await refused("a token that came twice", RefreshTokenError, app.refresh_token(token["refresh_token"]))
    stage.equal("a call's status after a refresh", await call(place, again), 200)
    if place.dialect.revoke:
        await app.revoke_token(again["refresh_token"], "refresh_token")
        stage.equal("a call's status after the end", await call(place, again), 401)
        await refused("a refresh after the end", RefreshTokenError, app.refresh_token(again["refresh_token"]))
        place.passed("giving the approval up")


async def refusals(place):
    app = client(place)
    verifier, back = await ask(place, app)
    code = back["code"]
    wrong = client(place, secret="wrong")
    await refused("a wrong secret", GetAccessTokenError, wrong.get_access_token(code, place.redirect_uri, verifier))
    place.passed("a wrong secret is an error")
    await refused(
        "a wrong verifier", GetAccessTokenError, app.get_access_token(code, place.redirect_uri, verifier[::-1]))
    await app.get_access_token(code, place.redirect_uri, verifier)
    await refused(
        "a code that came twice", GetAccessTokenError, app.get_access_token(code, place.redirect_uri, verifier))
    _, denied = await ask(place, app, "deny")
    stage.equal("a no", denied["error"], "access_denied")
    await refused("an unknown refresh token", RefreshTokenError, app.refresh_token("evr_unknown"))
    place.passed("every other refusal is an error")


async def all_of_it(place):
    for method in ("client_secret_basic", "client_secret_post"):
        await whole(place, method)
    await refusals(place)


def story(place):
    asyncio.run(all_of_it(place))
    return {"library": "httpx-oauth"}


stage.play(story)
