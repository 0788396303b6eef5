#!/usr/bin/env bash
# Makes an image out of this machine's own PostgreSQL, so that no registry is needed: its programs, the libraries they
# load, and a cluster that is initialized already. Usage: image.sh NAME
set -euo pipefail
name=$1

bin=${QUALIFY_PG_BIN:-$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort --version-sort | tail -n 1)}
version=$(basename "$(dirname "$bin")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Everything keeps its place, links become what they point to.
take() {
  cp --recursive --dereference --parents "$@" "$root"
}

programs() {
  take "$bin"/{postgres,psql,pg_isready} "$(dirname "$bin")/lib" "/usr/share/postgresql/$version"
  take /usr/lib/locale/C.utf8 /usr/share/zoneinfo
  # What the compiler for queries loads is a hundred megabytes that no test needs.
  rm -rf "$root$(dirname "$bin")"/lib/{bitcode,llvmjit*}
}

libraries() {
  find "$root$bin" "$root$(dirname "$bin")/lib" -type f | while read -r file; do
    ldd "$file" 2>/dev/null | grep --only-matching '/[^ ]*' || true
  done | grep --invert-match "^$root" | sort --unique | while read -r library; do take "$library"; done
}

cluster() {
  mkdir --mode 1777 "$root/tmp"
  mkdir "$root/etc" "$root/data"
  echo 'postgres:x:70:70::/data:/bin/false' >"$root/etc/passwd"
  chmod 755 "$root"
  chown nobody "$root/data"
  (cd / && runuser --user nobody -- "$bin/initdb" --pgdata "$root/data" --username postgres --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync --no-instructions >/dev/null)
  echo 'host all all all trust' >>"$root/data/pg_hba.conf"
  chown --recursive 70:70 "$root/data"
}

programs
libraries
cluster
tar --create --directory "$root" . | docker import --change 'USER 70:70' --change 'EXPOSE 5432' --change \
  "ENTRYPOINT [\"$bin/postgres\", \"-D\", \"/data\", \"-c\", \"listen_addresses=*\", \"-c\", \"unix_socket_directories=/tmp\"]" \
  - "$name" >/dev/null
