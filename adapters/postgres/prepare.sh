#!/bin/sh
# Writes the prepared SQL of this crate (.sqlx) with a throwaway database; with --check, tells whether it is up to date.
set -eu
cd "$(dirname "$0")"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
cargo build --quiet --package qualify-postgres --no-default-features --example with_database
# The queries are checked while the crate is compiled, so it has to be.
touch src/lib.rs
cargo run --quiet --package qualify-postgres --no-default-features --example with_database -- \
    env SQLX_OFFLINE_DIR="$new" cargo check --quiet --package qualify-postgres
touch src/lib.rs
if [ "${1-}" = --check ]; then
    diff -r .sqlx "$new" || { echo "The prepared SQL is out of date: run make prepare" >&2; exit 1; }
else
    rm -rf .sqlx
    mkdir .sqlx
    cp "$new"/query-*.json .sqlx/
fi
