#!/bin/sh
# An old program in a shell, around the lines of docs/recipes/xmlrpc.md.   old.sh LINES
set -eu

cd "$(dirname "$1")"
cat >call.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<methodCall>
  <methodName>ContactService.findByEmail</methodName>
  <params>
    <param><value><string>the key of before</string></value></param>
    <param><value><string>ada@example.org</string></value></param>
    <param><value><array><data>
      <value><string>FirstName</string></value>
      <value><string>JobTitle</string></value>
    </data></array></value></param>
  </params>
</methodCall>
XML
sh -e "$1" | php -r '
    $found = xmlrpc_decode(stream_get_contents(STDIN), "utf-8");
    echo json_encode($found[0] ?? $found, JSON_UNESCAPED_UNICODE), "\n";'
