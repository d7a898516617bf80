#!/bin/sh
# Adds a contact, or updates the one with this e-mail: EVERGRANT_URL and EVERGRANT_KEY_FILE say where and with what key.
# The key goes to curl through its standard input, so that the process list does not show it.
set -eu
email=${1:-ada@example.org} given=${2:-Ada} family=${3:-Lovelace}

json() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }

printf 'header = "X-API-Key: %s"\n' "$(cat "$EVERGRANT_KEY_FILE")" |
  curl --config - --silent --show-error --fail-with-body --max-time 60 --request PUT \
    --header 'Content-Type: application/json' \
    --data "{\"duplicate_option\":\"Email\",\"given_name\":\"$(json "$given")\",\"family_name\":\"$(json "$family")\",
      \"email_addresses\":[{\"field\":\"EMAIL1\",\"email\":\"$(json "$email")\"}]}" \
    "$EVERGRANT_URL/via/shop/crm/rest/v1/contacts"
echo
