"""Calls of several apps from several addresses of this machine, and whether what is recorded of them is what was called.

usage: calls.py make FILE    makes the calls, tells how many there are so far, and writes each to a ledger
       calls.py judge FILE   compares the ledger with the records

FILE has a JSON object: port, ledger (a path), apps (each with client and token), addresses (to call from), calls (how many),
seed, kinds (which of KINDS) and outlasts (whether the server may be killed meanwhile). To judge there are also audit (a file with
what `evergrant issuer audit --json` says) and second (within how many milliseconds an answered read is written down). Ends with 1
and what does not hold.
"""

import collections
import http.client
import itertools
import json
import pathlib
import random
import sys
import threading
import time
import xmlrpc.client

V1, V2, OWN, XMLRPC = "/crm/rest/v1/contacts", "/crm/rest/v2/contacts", "/v1/contacts", "/crm/xmlrpc/v1"


class Act:
    """A call to be made: what is sent, what it must be recorded as, and how it must be answered."""

    def __init__(self, method, target, template, status, body=None, emails=(), writes=False, xml=False):
        self.method, self.target, self.template, self.status = method, target, template, status
        self.body, self.emails, self.xml = body, list(emails), xml
        self.writes = writes or bool(emails)


def person(email, **more):
    return {"email_addresses": [{"field": "EMAIL1", "email": email}], **more}


def batch(emails):
    """One call, however many contacts it has."""
    items = [person(one) for one in emails]
    return Act("POST", OWN + ":batch?match=Email", OWN + ":batch", 200, {"items": items}, emails)


def spoken(method, *arguments, emails=(), writes=False):
    body = xmlrpc.client.dumps(("key", *arguments), methodname=method)
    return Act("POST", XMLRPC, f"{XMLRPC} {method}", 200, body, emails, writes, xml=True)


# Each gives an act for a lane; None where there is nothing yet to do it to.
KINDS = {
    "list": lambda lane: Act("GET", V1 + "?limit=1", V1, 200),
    "head": lambda lane: Act("HEAD", V2 + "?page_size=1", V2, 200),
    "read": lambda lane: lane.known and Act("GET", f"{V1}/{lane.newest}", V1 + "/{id}", 200),
    "miss": lambda lane: Act("GET", f"{V2}/99999999", V2 + "/{id}", 404),
    "nowhere": lambda lane: Act("GET", f"/crm/rest/v1/nowhere/{lane.number}", "an address that is not there", 404),
    "options": lambda lane: Act("OPTIONS", V1, V1, 204),
    "forbidden": lambda lane: Act("PATCH", V1, V1, 405),
    "malformed": lambda lane: Act("PUT", V1, V1, 400, "{"),
    "create": lambda lane: Act("POST", V1, V1, 201, person(lane.email()), [lane.last]),
    "createV2": lambda lane: Act("POST", V2, V2, 201, person(lane.email()), [lane.last]),
    "change": lambda lane: lane.known and Act(
        "PATCH", f"{V2}/{lane.newest}", V2 + "/{id}", 200, {"given_name": f"Given {lane.number}"}, writes=True),
    "delete": lambda lane: lane.known and Act(
        "DELETE", f"{V1}/{lane.newest}", V1 + "/{id}", 204, writes=True),
    "upsert": lambda lane: Act("PUT", OWN + "?match=Email", OWN, 201, person(lane.email()), [lane.last]),
    "batch": lambda lane: batch([lane.email(), lane.email(), lane.email()]),
    "xmlrpcAdd": lambda lane: spoken("ContactService.add", {"Email": lane.email()}, emails=[lane.last]),
    "xmlrpcUpdate": lambda lane: lane.known and spoken(
        "ContactService.update", lane.newest, {"FirstName": f"Given {lane.number}"}, writes=True),
    "xmlrpcFind": lambda lane: spoken("ContactService.findByEmail", "nobody@shop.example", ["Id"]),
}


def now():
    return time.time_ns() // 1_000_000


class Lane:
    """One app at one address: a connection, and one call after the other."""

    def __init__(self, place, app, address, count, tell):
        self.place, self.app, self.address, self.count, self.tell = place, app, address, count, tell
        self.random = random.Random(f"{place['seed']} {app['client']} {address}")
        self.name = f"{app['client'].lower().replace(' ', '-')}.{address}"
        self.known, self.ledger, self.epoch, self.number, self.made = [], [], 0, 0, 0
        self.connection = None

    @property
    def newest(self):
        """The number of the contact that was added last."""
        return self.known[-1][0]

    def email(self):
        self.made += 1
        self.last = f"{self.name}.{self.made}@shop.example"
        return self.last

    def connect(self):
        """Waits for a server where one may be killed."""
        while True:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.place["port"], timeout=600, source_address=(self.address, 0))
            try:
                connection.connect()
            except OSError:
                if not self.place["outlasts"]:
                    raise
                time.sleep(0.02)
                continue
            # Whatever breaks is seen, and nothing is sent a second time.
            connection.auto_open = 0
            return connection

    def send(self, act):
        headers = {"Authorization": "Bearer " + self.app["token"]}
        body = act.body if act.body is None or isinstance(act.body, str) else json.dumps(act.body)
        if body is not None:
            headers["Content-Type"] = "text/xml" if act.xml else "application/json"
        self.connection.request(act.method, act.target, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != act.status:
            raise AssertionError(f"{act.method} {act.target} is answered with {answer.status}, and not {act.status}: {text[:300]}")
        return answer.status, text

    def run(self):
        for self.number in range(self.count):
            act = None
            while not act:
                act = KINDS[self.random.choice(self.place["kinds"])](self)
            if self.connection is None:
                self.connection = self.connect()
            one = {
                "client": self.app["client"], "address": self.address, "method": act.method, "path": act.template,
                "writes": act.writes, "emails": act.emails, "epoch": self.epoch, "sent": now(), "status": None,
            }
            self.ledger.append(one)
            try:
                one["status"], text = self.send(act)
                if act.template == V1 and act.status == 201:
                    self.known.append((json.loads(text)["id"], one))
                if act.method == "DELETE":
                    # The contact is not to be there any more.
                    self.known.pop()[1]["emails"] = []
            except (OSError, http.client.HTTPException):
                if not self.place["outlasts"]:
                    raise
                self.connection.close()
                self.connection = None
                self.epoch += 1
            one["ended"] = now()
            self.tell()


def make(place):
    lock, done, failures = threading.Lock(), itertools.count(1), []
    lanes = [(app, address) for app in place["apps"] for address in place["addresses"]]
    # Not every lane has as much to do: figures that were given to the wrong one must differ.
    weights = [index + len(lanes) for index in range(len(lanes))]
    counts = [place["calls"] * weight // sum(weights) for weight in weights]
    counts[-1] += place["calls"] - sum(counts)

    def tell():
        with lock:
            count = next(done)
            if count % 100 == 0:
                print(count, flush=True)

    lanes = [Lane(place, app, address, count, tell) for (app, address), count in zip(lanes, counts)]

    def run(lane):
        try:
            lane.run()
        except BaseException as failure:
            failures.append(f"{lane.name}: {failure!r}")

    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pathlib.Path(place["ledger"]).write_text(json.dumps([one for lane in lanes for one in lane.ledger]), encoding="utf-8")
    return failures


class Judgement:
    """What was called, beside what is recorded of it."""

    def __init__(self, place):
        self.second = place["second"]
        self.called = json.loads(pathlib.Path(place["ledger"]).read_text(encoding="utf-8"))
        # The audit has the newest first.
        self.recorded = json.loads(pathlib.Path(place["audit"]).read_text(encoding="utf-8"))["calls"][::-1]
        self.there = contacts(place)
        self.kills = sorted(one["ended"] for one in self.called if one["status"] is None)
        self.faults, self.lost, self.unanswered = [], 0, 0

    def run(self):
        lanes = collections.defaultdict(lambda: ([], []))
        for place, calls in enumerate((self.called, self.recorded)):
            for one in calls:
                lanes[one["client"], one["address"]][place].append(one)
        for called, recorded in lanes.values():
            # A method and a path tell a write from a read, but for what is refused: that is no write.
            written = [one for one in called if one["writes"] and self.happened(one)]
            read = [one for one in called if not one["writes"]]
            shapes = {(one["method"], one["path"]) for one in called if one["writes"]}
            refused = {(one["method"], one["path"], one["status"]) for one in read}

            def wrote(record):
                shape = record["method"], record["path"]
                return shape in shapes and (*shape, record.get("status")) not in refused

            self.writes(written, [one for one in recorded if wrote(one)])
            self.reads(read, [one for one in recorded if not wrote(one)])
        return self.faults

    def happened(self, one):
        """Whether a write is there, whatever was answered."""
        found = [email in self.there for email in one["emails"]]
        if one["status"] is None:
            self.unanswered += 1
            if any(found) and not all(found):
                self.faults.append(f"a part of it is there: {one}")
            return any(found)
        if found and not all(found):
            self.faults.append(f"it was answered and is not there: {one}")
        return True

    def writes(self, called, recorded):
        if len(called) != len(recorded):
            self.faults.append(f"{len(called)} writes are there, and {len(recorded)} recorded, of {called[:1]}")
        for one, record in zip(called, recorded):
            # The status of a write follows within a second.
            knows = record.get("status") == one["status"] or (
                one["status"] is None or record.get("status") is None and self.is_close(one))
            if not knows or not fits(record, one):
                self.faults.append(f"{one} is recorded as {record}")
                return

    def reads(self, called, recorded):
        place, lost = 0, set()
        for one in called:
            record = recorded[place] if place < len(recorded) else None
            if record and fits(record, one) and one["status"] in (None, record.get("status")):
                place += 1
                if one["epoch"] in lost:
                    self.faults.append(f"an earlier read of the same server is lost, and this one is not: {one}")
            elif one["status"] is not None:
                self.lost += 1
                lost.add(one["epoch"])
                if not self.is_close(one):
                    self.faults.append(f"it is lost, and no server was killed within a second of it: {one}")
        if place < len(recorded):
            self.faults.append(f"nobody called this, or not so often: {recorded[place]}")

    def is_close(self, one):
        return any(0 <= kill - one["ended"] <= self.second for kill in self.kills)


def fits(record, one):
    return (record["method"], record["path"]) == (one["method"], one["path"]) and (
        one["sent"] - 1 <= record["at"] <= one["ended"] + 1)


def contacts(place):
    """The e-mail addresses of all contacts that there are."""
    found, lane = set(), Lane(place, place["apps"][0], place["addresses"][0], 0, lambda: None)
    lane.connection, following = lane.connect(), ""
    while True:
        act = Act("GET", V2 + "?page_size=1000&fields=id,email_addresses" + following, V2, 200)
        page = json.loads(lane.send(act)[1])
        found |= {item["email"] for one in page["contacts"] for item in one.get("email_addresses") or []}
        if not page["contacts"] or not page.get("next_page_token"):
            return found
        following = "&page_token=" + page["next_page_token"]


def main():
    place = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    if sys.argv[1] == "make":
        faults = make(place)
    else:
        judgement = Judgement(place)
        faults = judgement.run()
        print(json.dumps({
            "called": len(judgement.called), "recorded": len(judgement.recorded), "lost": judgement.lost,
            "unanswered": judgement.unanswered}))
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
