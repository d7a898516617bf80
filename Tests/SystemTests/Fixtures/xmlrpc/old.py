#!/usr/bin/env python3
"""An old program in Python, around the lines of docs/recipes/xmlrpc.md.   old.py LINES"""

import json
import sys
import xmlrpc.client

program = {"xmlrpc": xmlrpc}
with open(sys.argv[1], encoding="utf-8") as lines:
    exec(lines.read(), program)
keap, key = program["keap"], program["key"]
found = keap.ContactService.findByEmail(key, "ada@example.org", ["Id"])
keap.ContactService.update(key, found[0]["Id"], {"JobTitle": "Pythonist & poët"})
shown = keap.ContactService.load(key, found[0]["Id"], ["FirstName", "JobTitle"])
print(json.dumps(shown, ensure_ascii=False))
