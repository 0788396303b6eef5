#!/usr/bin/env bash
# Runs the storage's tests against PostgreSQL in a container: in the engine that answers, else in one that is started for
# as long as it takes. That one publishes ports to this machine only and leaves its firewall alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
image=qualify-pg:slim

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo --preserve-env=DOCKER_HOST,QUALIFY_PG_BIN "$@"; fi
}

start_engine() {
  engine=$(mktemp -d)
  [ -e /sys/class/net/docker0 ] && bridge=there || bridge=new
  trap stop_engine EXIT
  export DOCKER_HOST="unix://$engine/socket"
  as_root dockerd --host "$DOCKER_HOST" --group "$(id -gn)" --pidfile "$engine/pid" \
    --data-root "$engine/data" --exec-root "$engine/run" \
    --ip 127.0.0.1 --iptables=false --ip-forward=false --ip-masq=false >"$engine/log" 2>&1 &
  for _ in $(seq 150); do
    if docker info >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  echo "The engine did not start:" >&2
  tail "$engine/log" >&2
  exit 1
}

stop_engine() {
  if pid=$(cat "$engine/pid" 2>/dev/null); then
    as_root kill "$pid"
    while as_root kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  [ "$bridge" = there ] || as_root ip link delete docker0
  as_root rm -rf "$engine"
}

# A test process ends without a word to its container.
remove_containers() {
  docker ps --all --quiet --filter "ancestor=$image" | xargs --no-run-if-empty docker rm --force >/dev/null
}

docker info >/dev/null 2>&1 || start_engine
as_root "$here/image.sh" "$image"
trap 'remove_containers; if [ -n "${engine:-}" ]; then stop_engine; fi' EXIT
QUALIFY_TEST_DATABASE='' QUALIFY_TEST_IMAGE=$image cargo nextest run --package qualify-postgres --features containers "$@"
