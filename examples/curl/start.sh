#!/usr/bin/env bash
# Refreshes one connection over the HTTP API: ./start.sh <connectionId>
set -euo pipefail

connection_id=${1:?which connection?}
url=${MELD_REFRESH_URL:-http://127.0.0.1:8080}
auth=(${API_KEY:+--header "authorization: Bearer $API_KEY"})

# Holds the answer for up to 20 s: 200 when the refresh has ended by then, 202 when it goes on.
curl --silent --show-error --fail-with-body "${auth[@]}" \
  --header 'content-type: application/json' \
  --header 'prefer: wait=20' \
  --data '{ "products": ["BALANCES", "TRANSACTIONS"], "maxAge": "15m" }' \
  "$url/v1/connections/$connection_id/refreshes"
echo

# How it went on, for any caller at any time.
curl --silent --show-error --fail-with-body "${auth[@]}" \
  "$url/v1/connections/$connection_id/refreshes/latest?wait=20"
echo
