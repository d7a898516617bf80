"""The issuer's routes that speak Keap's API, read out of the sources."""

import re

from mutation import tree

from .operations import Operation

ROUTES = tree.ROOT / "Sources" / "Web" / "Issuer" / "Site" / "IssuerRoutes.swift"
KINDS = tree.ROOT / "Sources" / "Contacts" / "CustomFields" / "RecordKind.swift"
PREFIX = "/crm/rest"

CALL = re.compile(r"router\.(get|post|put|patch|delete|head)\(\s*(\"[^\"]*\"|\w+)")
LITERAL = re.compile(r'"([^"]*)"')


def read(errors):
    """Each route once. What this does not understand is an error, so that no route is passed over."""
    before, _, after = tree.read(ROUTES).partition("private func add(")
    if "customFieldsOf kind:" not in after or "for kind in RecordKind.allCases { add(" not in before:
        errors.append(f"{tree.name_of(ROUTES)}: the routes of custom fields do not stand where they stood.")
        return []
    found = calls(before, {}, errors)
    kinds = re.findall(r'case (\w+) = "(\w+)"', tree.read(KINDS))
    if not kinds:
        errors.append(f"{tree.name_of(KINDS)}: there are no kinds of records.")
    for kind, word in kinds:
        found += calls(only_for(kind, after), {"kind.rawValue": word}, errors)
    keap = [Operation(method, path.removeprefix(PREFIX)) for method, path in found if path.startswith(PREFIX)]
    twice = sorted({str(one) for one in keap if keap.count(one) > 1})
    errors += [f"{tree.name_of(ROUTES)}: {one} is there twice." for one in twice]
    return list(dict.fromkeys(keap))


def only_for(kind, text):
    """The text without the blocks that are for other kinds."""

    def block(match):
        return match.group(2) if kind != match.group(1) else ""

    return re.sub(r"if kind != \.(\w+) \{\n(.*?)\n    \}\n", block, text, flags=re.S)


def calls(text, names, errors):
    """Method and path of each call on the router, with the names in the paths put in."""
    names, loop, found = dict(names), [], []

    def filled(path):
        return re.sub(r"\\\(([\w.]+)\)", lambda match: names.get(match.group(1), match.group(0)), path)

    # XML-RPC's paths stand in the bridge, and the page tells its methods by themselves.
    text = "\n".join(line for line in text.splitlines() if "XMLRPC(" not in line and "Bridge.paths" not in line)
    for line in text.splitlines():
        if match := re.match(r"\s*let \((\w+), (\w+)\) = \((.*)\)$", line):
            names |= dict(zip(match.groups()[:2], map(filled, LITERAL.findall(match.group(3)))))
        elif match := re.match(r'\s*let (\w+) = "([^"]*)"$', line):
            names[match.group(1)] = filled(match.group(2))
        if match := re.match(r"\s*for path in \[([^\]]*)\]", line):
            loop = LITERAL.findall(match.group(1))
        for method, argument in CALL.findall(line):
            paths = loop if argument == "path" else [filled(path) for path in LITERAL.findall(argument)]
            found += [(method.upper(), path) for path in paths]
            if not paths or any("\\(" in path for path in paths):
                errors.append(f"{tree.name_of(ROUTES)}: this route is not understood: {line.strip()}")
    if len(re.findall(r"router\.(?!add\()\w+\(", text)) != len(CALL.findall(text)):
        errors.append(f"{tree.name_of(ROUTES)}: a route is written in a way that is not understood.")
    return found
