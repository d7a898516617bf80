#!/usr/bin/env python3
"""Makes calls of each operation that docs/keap-compatibility.md calls *works*, of random parameters and bodies, and holds each
answer against Keap's description of it.

usage: generated_calls.py BASE_URL TOKEN_FILE [EXAMPLES]

BASE_URL is where `/v1/…` and `/v2/…` hang, `http://…/crm/rest` at the issuer. EXAMPLES is how many calls are made of an
operation with what its description allows, and as many again with what it does not; in three of four, paths and bodies name
records that there are. The calls are the same in each run, but for the names of records. Each answer must

- be no fault of the server's,
- have a status that the description has, or that Keap was recorded to answer,
- be JSON if it is anything, and fit the description's schema, in which anything may be null and have more members,

and each operation must have done what was asked at least once.

Prints one JSON line, and fails after it with what does not fit.
"""

import collections
import json
import os
import sys
import tempfile
import time

# Nothing is written beside the sources, nor into the folder that it runs in.
sys.dont_write_bytecode = True
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(tempfile.gettempdir(), "hypothesis")

import hypothesis
import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_schema_conformance, status_code_conformance)

from operations import FOLDER, STATES, nameless, works
from records import Records

SEED = 20261130
# v1 describes no refusal of a request but 401, 403 and 404; Keap was recorded to answer 400 for what lacks members.
UNDESCRIBED = {"v1": ("400", "404"), "v2": ()}


def lenient(version, schema):
    """What an answer may have: null in the place of whatever a member or an element is."""
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {name: nullable(version, one) for name, one in made["properties"].items()}
    for key in {"items", "additionalProperties"} & made.keys():
        made[key] = nullable(version, made[key])
    for key in {"allOf", "anyOf", "oneOf"} & made.keys():
        made[key] = [lenient(version, one) for one in made[key]]
    if made.get("format") == "date-time" and version == "v1":
        # v1 is recorded to write +0000, which is no zone of that format.
        del made["format"]
    if "$ref" in made:
        made["$ref"] = made["$ref"].replace("/schemas/", "/schemas/Answered")
    return made


def nullable(version, schema):
    return {"anyOf": [lenient(version, schema), {"type": "null"}]} if isinstance(schema, dict) else schema


def described(version):
    document = json.loads((FOLDER / f"shapes-{version}.json").read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas |= {f"Answered{name}": lenient(version, schema) for name, schema in schemas.items()}
    for path, item in document["paths"].items():
        for operation in item.values():
            for status in UNDESCRIBED[version]:
                operation["responses"].setdefault(status, {"$ref": "#/components/responses/Refusal"})
            for answer in operation["responses"].values():
                for content in answer.get("content", {}).values():
                    content["schema"] = lenient(version, content["schema"])
    document["paths"] = {
        path: {method: operation for method, operation in item.items() if works(method, path)}
        for path, item in document["paths"].items()}
    return schemathesis.openapi.from_dict(document)


class Calls:
    def __init__(self, base, token, examples):
        self.base, self.examples = base, examples
        self.records = Records(base, token)
        self.statuses = collections.Counter()
        # Operations that did what was asked, at least once.
        self.done = set()
        # The first request with a fault, by operation and fault.
        self.faults = {}

    def make(self, operation, mode):
        drawn = operation.as_strategy(generation_mode=mode)
        often = strategies.sampled_from([True, True, True, False])

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=self.examples, database=None, deadline=None, phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(case=drawn, path_lives=often, body_lives=often)
        def call(case, path_lives, body_lives):
            self.call(operation, case, path_lives, body_lives)

        try:
            call()
        except hypothesis.errors.Unsatisfiable:
            # There may be nothing that its description does not allow.
            pass

    def call(self, operation, case, path_lives, body_lives):
        method, path = operation.method.upper(), operation.path
        if path_lives:
            case.path_parameters = {
                name: self.records.of_path(method, path, name) for name in case.path_parameters or {}}
        if body_lives:
            case.body = self.records.in_body(path, case.body)
        answer = case.call(base_url=self.base, session=self.records.session)
        self.statuses[answer.status_code] += 1
        if answer.status_code < 300:
            self.done.add(operation.label)
        if answer.status_code >= 500:
            return self.note(operation, f"status {answer.status_code}", case, answer)
        try:
            case.validate_response(
                answer, checks=[status_code_conformance, content_type_conformance, response_schema_conformance])
        except FailureGroup as group:
            for fault in group.exceptions:
                text = " ".join(f"{fault.title} {fault.message}".split())
                self.note(operation, text[:200], case, answer)

    def note(self, operation, fault, case, answer):
        key = f"{operation.method.upper()} {operation.path}: {answer.status_code} {fault}"
        self.faults.setdefault(key, f"{case.as_curl_command()} answered {answer.content[:400]!r}")


def main():
    base, token_file, *rest = sys.argv[1:]
    with open(token_file, encoding="utf-8") as file:
        calls = Calls(base, file.read().strip(), int(rest[0]) if rest else 6)
    begun = time.monotonic()
    operations = [
        result.ok() for version in ("v1", "v2") for result in described(version).get_all_operations()]
    # What takes records away comes last.
    operations.sort(key=lambda operation: operation.method.upper() == "DELETE")
    for operation in operations:
        for mode in schemathesis.GenerationMode:
            if mode is schemathesis.GenerationMode.POSITIVE or operation.query or operation.body:
                calls.make(operation, mode)
    missing = {key for key, state in STATES.items() if state == "works"} - {
        (operation.method.upper(), nameless(operation.path)) for operation in operations}
    calls.faults |= {f"{' '.join(key)} is in no shapes": "make them anew with reduce.py" for key in missing}
    calls.faults |= {
        f"{one.label} never did what was asked": "the calls of it say nothing of its good answers" for one in operations
        if one.label not in calls.done}
    print(json.dumps({
        "operations": len(operations), "done": len(calls.done), "calls": sum(calls.statuses.values()),
        "faults": len(calls.faults),
        "statuses": {str(status): count for status, count in sorted(calls.statuses.items())},
        "seconds": round(time.monotonic() - begun),
    }, sort_keys=True))
    if calls.faults:
        sys.exit("generated_calls.py: " + "\n\n".join(f"{fault}\n    {told}" for fault, told in sorted(calls.faults.items())))


main()
