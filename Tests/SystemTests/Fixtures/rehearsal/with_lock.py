"""requests-oauthlib as a careful shop has it: two workers that call, a lock around the refresh, which looks again when it has it, and
a file of tokens that is written beside, synced and renamed. What fails is tried again at the next turn; when one is told to wait,
both do.

    with_lock.py KEAP_FILE TOKEN_FILE

KEAP_FILE is what `evergrant issuer rehearse` writes. Where another pair stands in it than before, a person has put it in. It ends when
that file is gone.
"""

import json
import os
import pathlib
import sys
import threading
import time

# The server is on loopback, and the scope of Keap's answers is another than the one that was asked for.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

import requests
import requests_oauthlib

TURN = 2.0
keap_file, token_file = (pathlib.Path(argument) for argument in sys.argv[1:])


class Tokens:
    """The tokens in their file; one worker at a time refreshes them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.given = None

    def current(self, keap):
        with self.lock:
            if self.given != keap["refresh_token"]:
                self.given = keap["refresh_token"]
                self.keep({key: keap[key] for key in ("access_token", "refresh_token", "expires_in")})
            return json.loads(token_file.read_text())

    def keep(self, token):
        token.setdefault("token_type", "Bearer")
        token.setdefault("expires_at", time.time() + token["expires_in"])
        beside = token_file.with_suffix(".part")
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(token, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, token_file)
        folder = os.open(token_file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def refreshed(self, keap, stale):
        """The tokens that follow those; what another worker has got meanwhile will do."""
        with self.lock:
            token = json.loads(token_file.read_text())
            if token["access_token"] != stale["access_token"]:
                return token
            endpoint.wait()
            session = requests_oauthlib.OAuth2Session(keap["client_id"], token=token)
            session.register_compliance_hook("refresh_token_response", endpoint.heard)
            auth = requests.auth.HTTPBasicAuth(keap["client_id"], keap["client_secret"])
            token = dict(session.refresh_token(keap["token_endpoint"], auth=auth, timeout=60))
            self.keep(token)
            return token


class Rest:
    """For how long a place asked to be left alone; one at a time asks there."""

    def __init__(self):
        self.lock = threading.Lock()
        self.until = 0.0

    def heard(self, answer):
        self.until = time.time() + float(answer.headers.get("Retry-After", 0))
        return answer

    def wait(self):
        time.sleep(max(0.0, self.until - time.time()))


def work(tokens):
    while True:
        try:
            keap = json.loads(keap_file.read_text())
        except FileNotFoundError:
            return
        try:
            token = tokens.current(keap)
            if time.time() >= token["expires_at"] - 1:
                token = tokens.refreshed(keap, token)
            answer = call(keap, token)
            if answer.status_code == 401:
                call(keap, tokens.refreshed(keap, token))
        except Exception as error:  # A library's many errors: the next turn tries again.
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(TURN)


def call(keap, token):
    with api.lock:
        api.wait()
        return api.heard(requests.get(
            keap["api"] + "/v2/contacts?page_size=1", headers={"Authorization": f"Bearer {token['access_token']}"},
            timeout=60))


tokens, endpoint, api = Tokens(), Rest(), Rest()
workers = [threading.Thread(target=work, args=(tokens,)) for _ in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
