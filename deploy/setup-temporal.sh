#!/bin/sh
# Creates the namespace and the search attributes that refreshes need. Safe to run at any time, on any Temporal.
#   TEMPORAL_ADDRESS    default 127.0.0.1:7233; API key and TLS as the `temporal` command takes them
#   TEMPORAL_NAMESPACE  default `default`
#   RETENTION           of ended refreshes, when the namespace is created; default 7d
#   WAIT_SECONDS        how long to wait for Temporal, default 120
set -eu

TEMPORAL_ADDRESS="${TEMPORAL_ADDRESS:-127.0.0.1:7233}"
TEMPORAL_NAMESPACE="${TEMPORAL_NAMESPACE:-default}"
export TEMPORAL_ADDRESS TEMPORAL_NAMESPACE
deadline=$(($(date +%s) + ${WAIT_SECONDS:-120}))

fail() {
  echo "$*" >&2
  exit 1
}

# The namespace commands do not follow TEMPORAL_NAMESPACE, so it is always named.
operator() {
  temporal operator "$@" --namespace "$TEMPORAL_NAMESPACE"
}

# Repeats a command until it succeeds; what it last said is told when time is up.
until_it_works() {
  until said=$("$@" 2>&1); do
    [ "$(date +%s)" -lt "$deadline" ] || fail "gave up on: $* ($said)"
    sleep 1
  done
}

type_of() {
  operator search-attribute list | awk -v name="$1" '$1 == name { print $2 }'
}

is_there() {
  [ -n "$(type_of "$1")" ]
}

# One at a time: of several names in one command, server 1.32.0 creates the first and reports success.
ensure_search_attribute() {
  there=$(type_of "$1")
  if [ -z "$there" ]; then
    operator search-attribute create --name "$1" --type "$2"
    until_it_works is_there "$1"
  elif [ "$there" != "$2" ]; then
    fail "search attribute $1 has type $there, expected $2. To create it again, first:" \
      "temporal operator search-attribute remove --name $1 --namespace $TEMPORAL_NAMESPACE"
  fi
}

until_it_works temporal operator cluster health

if ! operator namespace describe >/dev/null 2>&1; then
  operator namespace create --retention "${RETENTION:-7d}"
fi
# A namespace that was just made is not known everywhere at once.
until_it_works operator search-attribute list

ensure_search_attribute MeldConnectionId Keyword
ensure_search_attribute MeldCustomerId Keyword
ensure_search_attribute MeldProvider Keyword
ensure_search_attribute MeldRefreshOutcome Keyword
ensure_search_attribute MeldNextRefreshAt Datetime

# Servers learn of a search attribute some seconds late, and refuse a refresh until then.
until_it_works temporal workflow count --namespace "$TEMPORAL_NAMESPACE" --query \
  "MeldConnectionId = '' AND MeldCustomerId = '' AND MeldProvider = '' AND MeldRefreshOutcome = '' AND MeldNextRefreshAt IS NULL"

echo "Temporal at $TEMPORAL_ADDRESS is ready: namespace $TEMPORAL_NAMESPACE and its search attributes are there."
