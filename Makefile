# Every command a developer needs. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := scripts/uv
RUN := $(UV) run --frozen
ARGS ?=

.PHONY: help demo test check bench services format test-faults test-api soak-api

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: ## the whole chain on published products, then a server at http://127.0.0.1:8000 (ARGS=--no-serve, ARGS=--fresh)
	@$(UV) sync --frozen --no-dev --inexact --quiet
	@.venv/bin/flask demo $(ARGS)

test: ## all tests but the two slow kinds below (ARGS: paths or pytest options)
	@$(RUN) pytest --ignore=tests/faults $(ARGS)

test-faults: ## kill -9 and other broken machinery, on real servers
	@$(RUN) pytest -m fault tests/faults $(ARGS)

test-api: ## schemathesis over the whole OpenAPI, each operation with a role that may call it
	@$(RUN) pytest -m fuzz tests/faults $(ARGS)

soak-api: ## the same with every role and many more cases (an hour or so; API_SOAK_CASES=15: a quarter; API_SOAK_SEED)
	@API_SOAK=1 $(RUN) pytest -m fuzz --timeout=0 tests/faults $(ARGS)

check: ## formatting, lint, types, import contracts, lock file
	@$(UV) lock --check --quiet
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports

format: ## put the code into the shape `make check` asks for
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

bench: ## all benchmarks, each beside a floor measured in the same run
	@$(RUN) python -m benchmarks $(or $(ARGS),all)

services: ## PostgreSQL in a container, for those who do not want the embedded one
	@command -v docker >/dev/null || { echo "make services needs docker; without it the embedded PostgreSQL is used and nothing has to be started"; exit 1; }
	@docker compose up --detach --wait postgres
	@echo "export DATABASE_URL and MIGRATION_DATABASE_URL as in .env.example to use it"
