#!/bin/sh
# Creates Temporal's two databases in PostgreSQL, or brings them up to this release. Safe to run at any time.
# Runs in temporalio/admin-tools; SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD say where.
set -eu

export SQL_PLUGIN=postgres12_pgx

prepare() {
  temporal-sql-tool --db "$1" create
  # Version 0.0 is where the updates start; a database that is further on stays as it is.
  temporal-sql-tool --db "$1" setup-schema --version 0.0
  temporal-sql-tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare "${TEMPORAL_DB:-temporal}" temporal
prepare "${TEMPORAL_VISIBILITY_DB:-temporal_visibility}" visibility
