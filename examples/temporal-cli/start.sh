#!/usr/bin/env bash
# Refreshes one connection by workflow name and JSON: ./start.sh <connectionId>
# The address and the namespace of Temporal come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -euo pipefail

connection_id=${1:?which connection?}
workflow_id="refresh-connection-$connection_id"
temporal=${TEMPORAL_CLI_PATH:-temporal}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
wishes='"products": ["BALANCES"], "giveUpAfter": "1h"'

# One open refresh per connection: it is started with the input, or joined by the signal if it is open.
"$temporal" workflow signal-with-start \
  --workflow-id "$workflow_id" --type refreshConnection --task-queue meld-refresh \
  --input "{ \"connectionId\": \"$connection_id\", $wishes }" \
  --signal-name join \
  --signal-input "{ \"joinId\": \"$now-$$-$RANDOM\", \"requestedAt\": \"$now\", $wishes }"

"$temporal" workflow result --workflow-id "$workflow_id" --output json
