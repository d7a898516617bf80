#!/usr/bin/env python3
"""Plays a story of calls with Python's own xmlrpc.client; README.md beside this file has the rules."""

import datetime
import json
import sys
import urllib.parse
import xmlrpc.client
from xml.sax.saxutils import escape

story_file, address, credential_file, place = sys.argv[1:]
with open(story_file, encoding="utf-8") as file:
    story = json.load(file)
with open(credential_file, encoding="utf-8") as file:
    right = file.read().strip()
told = {}


def named(table, number):
    numbers = told.setdefault(table, [])
    if number not in numbers:
        numbers.append(number)
    return f"@{table} {numbers.index(number) + 1}"


def sent(value):
    if isinstance(value, str) and value.startswith("@"):
        table, turn = value[1:].split(" ")
        return told[table][int(turn) - 1]
    if isinstance(value, dict) and set(value) == {"dateTime"}:
        return xmlrpc.client.DateTime(value["dateTime"])
    if isinstance(value, dict):
        return {name: sent(member) for name, member in value.items()}
    if isinstance(value, list):
        return [sent(element) for element in value]
    return value


def shown(value, numbers, name=""):
    if isinstance(value, list):
        return [shown(element, numbers) for element in value]
    if isinstance(value, dict):
        return {name: shown(member, numbers, name) for name, member in value.items()}
    if name in numbers:
        return ",".join(named(numbers[name], int(number)) for number in str(value).split(","))
    if isinstance(value, xmlrpc.client.DateTime):
        time = datetime.datetime.strptime(value.value, "%Y%m%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        age = datetime.datetime.now(datetime.timezone.utc) - time
        return {"dateTime": "now" if abs(age) < datetime.timedelta(days=1) else value.value}
    return value


def untyped(method, arguments):
    values = "".join(f"<param><value>{escape(text)}</value></param>" for text in arguments)
    return f"<methodCall><methodName>{method}</methodName><params>{values}</params></methodCall>".encode()


def answer(step):
    credential = "none" if step.get("isRefused") else right
    url = urllib.parse.urlsplit(address)
    headers, query, first = [], "", "key"
    if place == "header":
        headers = [("Authorization", f"Bearer {credential}")]
    elif place == "query":
        query = "?access_token=" + urllib.parse.quote(credential)
    else:
        first = credential
    arguments = [first] + [sent(value) for value in step["with"]]
    try:
        if step.get("isUntyped"):
            transport = xmlrpc.client.Transport(headers=headers)
            return {"gives": transport.request(url.netloc, url.path + query, untyped(step["call"], arguments))[0]}
        server = xmlrpc.client.ServerProxy(address + query, headers=headers)
        return {"gives": getattr(server, step["call"])(*arguments)}
    except xmlrpc.client.Fault as fault:
        return {"fault": fault.faultCode, "says": fault.faultString}
    except xmlrpc.client.ProtocolError as error:
        return {"status": error.errcode}


for step in story:
    line = answer(step)
    if "gives" in line:
        if "only" in step:
            line["gives"] = {name: line["gives"][name] for name in step["only"]}
        line["gives"] = shown(line["gives"], step.get("numbers", {}))
    print(json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
