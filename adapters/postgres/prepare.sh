#!/usr/bin/env bash
# Writes `.sqlx`: what PostgreSQL says about each query of this crate. With `--check` it compares instead.
#
# A throw-away server gets the roles and the migrations; compiling against it makes sqlx write the files.
set -euo pipefail
cd "$(dirname "$0")"

installed=$(ls -d /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -V | tail -n 1 || true)
PATH="${QUALIFY_PG_BIN:-$installed}:$PATH"
place=$(mktemp -d)

# PostgreSQL refuses to run as root.
server() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser --user postgres -- env PATH="$PATH" "$@"); else "$@"; fi
}

stop() {
  server pg_ctl stop --silent --mode fast --pgdata "$place/data" || true
  rm -rf "$place"
}

start() {
  [ "$(id -u)" = 0 ] && chown postgres "$place"
  server initdb --username postgres --auth trust --encoding UTF8 --locale C --no-sync --pgdata "$place/data" >"$place/log"
  trap stop EXIT
  server pg_ctl start --silent --wait --pgdata "$place/data" --log "$place/data/log" \
    --options "-c listen_addresses= -c unix_socket_directories=$place -c fsync=off"
}

ask() {
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host "$place" --username postgres "$@"
}

migrate() {
  ask --file src/roles.sql --command 'CREATE DATABASE qualify OWNER qualify_owner'
  ask --dbname qualify --command 'ALTER SCHEMA public OWNER TO qualify_owner'
  for migration in ../../migrations/*.sql; do
    ask --dbname qualify --command 'SET ROLE qualify_owner' --file "$migration"
  done
}

describe() {
  mkdir "$place/prepared"
  touch src/lib.rs # sqlx cannot tell Cargo that it depends on the database
  DATABASE_URL="postgres:///qualify?host=$place&user=postgres" SQLX_OFFLINE_DIR="$place/prepared" \
    cargo check --quiet --package qualify-postgres --all-targets
}

start
migrate
describe
if [ "${1:-}" = --check ]; then
  diff --recursive --brief .sqlx "$place/prepared" || { echo "The prepared SQL is out of date: run \`make prepare\` and commit." >&2; exit 1; }
else
  rm -rf .sqlx
  cp -r "$place/prepared" .sqlx
fi
