#!/usr/bin/env bash
# Runs once, when the PostgreSQL container makes its data folder: creates the role the service signs in as.
# The owner (POSTGRES_USER) runs migrations; the service itself may read and write rows and nothing more.
# Tables that refuse changes for everybody (the ledger) do so by triggers, whoever asks.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --set password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE sanzhuan_app LOGIN PASSWORD :'password';
SQL
