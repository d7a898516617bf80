#!/usr/bin/env python3
"""Reads and changes contacts with three clients of Python, as each takes gzip by itself or is told to.

usage: clients.py ISSUER TOKEN_FILE

`http.client` shows what is on the line, over one connection; `requests` and `httpx` ask for gzip unasked and unpack it. Adds
thirty contacts, prints one line of JSON, or fails with a sentence.
"""

import gzip
import http.client
import json
import sys
import urllib.parse
import urllib.request

import httpx
import requests

issuer, token_file = sys.argv[1:]
with open(token_file, encoding="utf-8") as file:
    bearer = {"Authorization": f"Bearer {file.read().strip()}"}
LIST = issuer + "/crm/rest/v1/contacts"
ALL = issuer + "/crm/rest/v2/contacts"


def equal(what, found, wanted):
    if found != wanted:
        sys.exit(f"clients.py: {what} is {found!r}, and not {wanted!r}")


def plain(address):
    """The answer as urllib takes it, which asks for no coding."""
    with urllib.request.urlopen(urllib.request.Request(address, headers=bearer)) as answer:
        equal("the coding of what urllib gets", answer.headers["Content-Encoding"], None)
        equal("what the plain answer depends on", answer.headers["Vary"], "Accept-Encoding")
        return answer.read()


def one_connection(paths):
    """GET and HEAD in turn, so that a length that is wrong spoils the next answer."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(issuer).netloc)
    for _ in range(2):
        for path, whole in paths.items():
            for codings in ("gzip", "gzip;q=0", "identity;q=0, gzip", "deflate"):
                told = {}
                for method in ("HEAD", "GET"):
                    connection.request(method, path, headers={**bearer, "Accept-Encoding": codings})
                    answer = connection.getresponse()
                    body = answer.read()
                    equal(f"{method} {path}", answer.status, 200)
                    told[method] = [answer.headers[name] for name in ("Content-Length", "Content-Encoding", "ETag", "Vary")]
                equal(f"the length of {path} for {codings}", told["GET"][0], str(len(body)))
                equal(f"what HEAD {path} tells for {codings}", told["HEAD"], told["GET"])
                is_packed = answer.headers["Content-Encoding"] == "gzip"
                equal(f"{path} for {codings}", gzip.decompress(body) if is_packed else body, whole)
                if codings != "identity;q=0, gzip":
                    equal(f"whether {path} is packed for {codings}", is_packed, codings == "gzip" and len(whole) >= 1024)
    connection.close()


def conditions(name, get, patch, address):
    """The tag that came with an answer in gzip is good for asking and for writing, once."""
    read = get(address, headers=bearer)
    equal(f"the coding that {name} unpacks", read.headers.get("Content-Encoding"), "gzip")
    equal(f"what {name} reads", read.content, plain(address))
    tag = read.headers["ETag"]
    again = get(address, headers={**bearer, "If-None-Match": tag})
    equal(f"what {name} is told of what it has", (again.status_code, again.headers["ETag"], again.content), (304, tag, b""))
    change = {"title": f"Changed with {name}"}
    for wanted in (200, 412):
        equal(f"a change with {name}", patch(address, headers={**bearer, "If-Match": tag}, json=change).status_code, wanted)
    equal(f"what {name} changed", json.loads(plain(address))["title"], change["title"])


for number in range(30):
    body = {"given_name": "Ada", "family_name": "Sample", "email_addresses": [
        {"field": "EMAIL1", "email": f"gzip{number}@example.org"}]}
    equal("adding a contact", requests.post(LIST, headers=bearer, json=body).status_code, 201)
contact = requests.get(LIST, headers=bearer, params={"limit": 1}).json()["contacts"][0]["id"]
made = requests.post(issuer + "/crm/rest/v1/notes", headers=bearer, json={
    "contact_id": contact, "title": "Call", "body": "long " * 600})
equal("adding a note", made.status_code, 201)
note = f"{issuer}/crm/rest/v1/notes/{made.json()['id']}"

one_connection({urllib.parse.urlsplit(address).path: plain(address) for address in (LIST, ALL, note, issuer + "/style.css")})
packed = requests.get(ALL, headers=bearer)
equal("the coding of a list", packed.headers["Content-Encoding"], "gzip")
equal("a list", packed.content, plain(ALL))
conditions("requests", requests.get, requests.patch, note)
conditions("httpx", httpx.get, httpx.patch, note)
page = requests.get(issuer + "/signin")
equal("the coding of a page", (page.status_code, page.headers.get("Content-Encoding")), (200, None))
print(json.dumps({"contacts": 30, "clients": ["http.client", "requests", "httpx"]}))
