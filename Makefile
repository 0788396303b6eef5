# What a developer and the build server call. `make help` lists it; every line is meant to be read.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-api check bench test-containers prepare setup pages postgresql chromium node docker rust nextest deny

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
PAGES := adapters/http/assets
PREPARED := adapters/postgres/.sqlx
SCHEMATHESIS := target/schemathesis/bin/schemathesis

# Writes what a migrated database says about each query. Cargo does not know that the crate depends on it: hence the touch.
define describe-queries
rm -rf target/prepared-sql && mkdir -p target/prepared-sql
touch adapters/postgres/src/lib.rs
SQLX_OFFLINE_DIR=$(CURDIR)/target/prepared-sql cargo run --quiet --package qualify-postgres --no-default-features --features testing \
	--example with_database -- cargo check --quiet --package qualify-postgres --all-targets
endef

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

demo: setup ## Install what is missing, build, serve two demo organizations (ARGS="--port 8080 --json")
	cargo build --package qualify-server
	cargo run --quiet --package qualify-server -- demo $(ARGS)

test: rust postgresql node pages chromium nextest ## Run every test there is, those in a browser included
	cargo nextest run --workspace --no-fail-fast
	@if docker info >/dev/null 2>&1; then tests/container/run.sh; \
	else echo "No container engine answers: the storage was tested against a private cluster (make test-containers starts one)"; fi

check: postgresql deny ## Format, lints, documentation, licences and duplicates, prepared SQL
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps
	cargo fetch --quiet --locked
	cargo deny --offline check licenses bans sources
	$(describe-queries)
	diff --recursive --brief $(PREPARED) target/prepared-sql || { echo "The prepared SQL is out of date: run make prepare"; exit 1; }

bench: setup ## Measure speed and size (docs/performance.md)
	cargo build --release --package qualify-server --package qualify-bench
	target/release/qualify-bench all $(ARGS)

test-containers: setup nextest docker ## Run the tests against PostgreSQL in a container, pauses and kills included
	tests/container/run.sh

# Whoever shows more than twenty keys that open nothing is held off, and there are more operations than that: whether a key is
# ignored anywhere is asked by rls_11_no_route_of_the_api_opens_without_a_key.
test-api: rust postgresql $(SCHEMATHESIS) ## Try the API with requests made from its document, fitting and not (schemathesis)
	cargo build --quiet --package qualify-integration --example with_api
	timeout 600 target/debug/examples/with_api $(SCHEMATHESIS) --config-file tests/integration/schemathesis.toml --no-color \
		run --checks all --exclude-checks ignored_auth --output-truncate false $(ARGS)

prepare: postgresql ## Write the prepared SQL after a query or a migration has changed
	$(describe-queries)
	rm -rf $(PREPARED) && cp -r target/prepared-sql $(PREPARED)

setup: rust postgresql pages

# --- the pages' libraries: bundled where there is npm; without it the pages work unenhanced --------------------------

pages:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(PAGES)/dist/icons.svg; \
	else echo "npm is not here: the pages will work without their enhancements"; fi

$(PAGES)/node_modules/.package-lock.json: $(PAGES)/package-lock.json
	cd $(PAGES) && npm ci
	touch $@

$(PAGES)/dist/icons.svg: $(PAGES)/node_modules/.package-lock.json $(PAGES)/build.mjs \
		$(wildcard $(PAGES)/js/*.js) $(shell find adapters/http/templates -name '*.html' 2>/dev/null)
	cd $(PAGES) && npm run --silent build

# --- what the machine may lack --------------------------------------------------------------------------------------

# $(call packages,<probe>,<Debian packages>,<what for>) installs the packages if the probe fails.
define packages
@if ! { $(1); } >/dev/null 2>&1; then \
	echo "Installing $(2): $(3)"; \
	command -v apt-get >/dev/null || { echo "There is no apt-get here. Please install what Debian calls $(2), then run make again."; exit 1; }; \
	$(SUDO) apt-get update --quiet=2; \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $(2); \
fi
endef

$(SCHEMATHESIS): tests/integration/schemathesis.txt
	$(call packages,python3 -c 'import ensurepip',python3-venv,schemathesis runs in Python)
	python3 -m venv target/schemathesis
	target/schemathesis/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

postgresql:
	$(call packages,ls "$${QUALIFY_PG_BIN:-}"/initdb || ls /usr/lib/postgresql/*/bin/initdb || ls /opt/homebrew/opt/postgresql*/bin/initdb || command -v initdb,postgresql,the server binaries run as a private cluster for the demo and the tests)

chromium:
	$(call packages,command -v chromium && command -v chromedriver,chromium chromium-driver,the browser tests open the pages in it)

node:
	$(call packages,command -v npm,nodejs npm,the browser tests need the pages with their libraries)

docker:
	$(call packages,command -v dockerd && command -v iptables,docker.io iptables,PostgreSQL runs in a container to be paused and killed)

rust:
	$(call packages,command -v cc,gcc libc6-dev,Rust links with it)
	@command -v cargo >/dev/null || { echo "Rust is missing. Install it with rustup, then run make again: https://rustup.rs"; exit 1; }

nextest: rust
	@command -v cargo-nextest >/dev/null || { echo "Installing cargo-nextest: it runs the tests"; cargo install --locked cargo-nextest; }

deny: rust
	@command -v cargo-deny >/dev/null || { echo "Installing cargo-deny: it checks licences and duplicate versions"; cargo install --locked cargo-deny; }
