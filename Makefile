# Every command of this repository. A bare machine needs Python 3.11 and make; the rest is put into .venv by the first command.

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
# One more than two cores: tests wait half of their time for the processes that they start.
JOBS ?= 3
INFRA ?= embedded

export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
# Behind a company's proxy only the certificates of the system are right; where there are none, uv brings its own.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/*.pem /etc/ssl/certs/*.crt /etc/pki/tls/certs/*),true,false)
# Byte code is kept: a machine that wants none written would compile everything anew in each of hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench faults contracts events migration clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##
run: .venv/run.ready ## everything on one port: PostgreSQL, NATS, the demo ledger, all services; ARGS="--port 8080"
	@$(BIN)/mashang up $(ARGS)

test: .venv/dev.ready ## all tests on servers of their own; INFRA=containers, JOBS=3, ARGS="-k grading"
	@MASHANG_TEST_INFRA=$(INFRA) $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

check: .venv/dev.ready ## format, lint, types, imports, contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m shared.contracts check
	@$(BIN)/mashang contracts check
	@$(BIN)/mashang map --check docs/events.md

fix: .venv/dev.ready ## format, and repair what ruff can repair
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

bench: .venv/bench.ready ## speed beside its floor and its peers, into docs/benchmarks; ARGS="relay chain"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

faults: .venv/dev.ready ## kill everything under load for a long time, then count what was lost
	@$(BIN)/python -m tests.faults $(ARGS)

contracts: .venv/dev.ready ## freeze the schemas of new events; write docs/asyncapi.yaml and docs/openapi
	@$(BIN)/python -m shared.contracts write
	@$(BIN)/mashang contracts write

events: .venv/dev.ready ## write docs/events.md: who says and hears what
	@$(BIN)/mashang map --write docs/events.md

migration: .venv/dev.ready ## a new empty migration: service=registry name=add_floor
	@$(BIN)/python -m mashang.migration $(service) $(name)

clean: ## remove .venv and caches; var/ with your data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

##
.venv/uv-$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mashang needs Python 3.11 or newer; name one with PYTHON=…")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# --inexact leaves uv itself, and the tools of dev.ready, in place.
.venv/run.ready: pyproject.toml uv.lock | .venv/uv-$(UV_VERSION)
	@$(BIN)/uv sync --frozen --all-extras --no-dev --inexact --quiet
	@touch $@

.venv/dev.ready: pyproject.toml uv.lock | .venv/uv-$(UV_VERSION)
	@$(BIN)/uv sync --frozen --all-extras --inexact --quiet
	@touch $@

# Celery, psycopg and redis-py: only the benchmarks' peers need them.
.venv/bench.ready: .venv/dev.ready
	@$(BIN)/uv sync --frozen --all-extras --group bench --inexact --quiet
	@touch $@
