#!/usr/bin/env python3
"""Writes shapes-v1.json and shapes-v2.json beside this file: what Keap's OpenAPI documents say of the operations that the
issuer has, as names, types, limits and status codes.

usage: reduce.py OPENAPI_V1 OPENAPI_V2

v1 describes the body of a refusal as what its server throws; what Keap was recorded to answer stands there instead.
"""

import json
import pathlib
import sys

import yaml

from operations import FOLDER, has

KEPT = (
    "$ref", "additionalProperties", "allOf", "anyOf", "default", "enum", "format", "items", "maxItems", "maxLength", "maximum",
    "minItems", "minLength", "minimum", "oneOf", "pattern", "properties", "required", "type", "uniqueItems")
METHODS = ("get", "post", "put", "patch", "delete")
RECORDED = {"v1": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}}


def reduced(schema):
    if isinstance(schema, list):
        return [reduced(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key in KEPT:
        if key == "properties" and key in schema:
            made[key] = {name: reduced(one) for name, one in schema[key].items()}
        elif key in schema:
            made[key] = reduced(schema[key])
    if made.get("type") == "integer" and "enum" in made:
        # v2 has whole numbers whose enumeration is of texts.
        made["enum"] = [int(one) for one in made["enum"]]
    if made == {"type": "object"}:
        # v1 calls what a custom field holds an object, though texts and numbers are recorded.
        made = {}
    if schema.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def content(item):
    found = item.get("content")
    return {"content": {kind: {"schema": reduced(one["schema"])} for kind, one in found.items()}} if found else {}


def parameter(item):
    return {key: item[key] for key in ("name", "in", "required", "style", "explode") if key in item} | {
        "schema": reduced(item["schema"])}


def operation(item):
    made = {"responses": {}}
    if item.get("parameters"):
        made["parameters"] = [parameter(one) for one in item["parameters"]]
    if "requestBody" in item:
        made["requestBody"] = {"required": item["requestBody"].get("required", False)} | content(item["requestBody"])
    for status, answer in item["responses"].items():
        # A server's own faults are no answer that a test takes.
        if status < "500":
            made["responses"][status] = (
                {"$ref": "#/components/responses/Refusal"} if status >= "400" else {"description": ""} | content(answer))
    return made


def references(node):
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rpartition("/")[2]} if "/schemas/" in str(node.get("$ref", "")) else set()
    return own.union(*map(references, node.values()))


def shape(version, document):
    paths = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            place = path.removeprefix("/rest")
            if method in item and has(method, place):
                paths.setdefault(place, {})[method] = operation(item[method])
    refusal = {"application/json": {"schema": RECORDED.get(version, {"$ref": "#/components/schemas/Error"})}}
    components = {"responses": {"Refusal": {"description": "", "content": refusal}}, "schemas": {}}
    missing = references([paths, components])
    while missing:
        for name in missing:
            components["schemas"][name] = reduced(document["components"]["schemas"][name])
        missing = references(components) - components["schemas"].keys()
    information = {"title": f"REST {version}", "version": version}
    return {"openapi": "3.1.0", "info": information, "paths": paths, "components": components}


def written(document):
    """A line for each operation and each component."""
    def line(value):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)

    def block(entries):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {text}" for key, text in sorted(entries.items())) + "\n}"

    paths = block({
        path: block({method: line(one) for method, one in item.items()}) for path, item in document["paths"].items()})
    components = block({
        kind: block({name: line(one) for name, one in items.items()}) for kind, items in document["components"].items()})
    return block(
        {"openapi": line(document["openapi"]), "info": line(document["info"]), "paths": paths, "components": components}) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: reduce.py OPENAPI_V1 OPENAPI_V2")
    for version, file in zip(("v1", "v2"), map(pathlib.Path, sys.argv[1:])):
        text = file.read_text(encoding="utf-8")
        # Through JSON, so that dates are texts again; what is JSON is YAML too, but slow to read as such.
        document = json.loads(text) if text.startswith("{") else json.loads(json.dumps(yaml.safe_load(text), default=str))
        (FOLDER / f"shapes-{version}.json").write_text(written(shape(version, document)), encoding="utf-8")


main()
