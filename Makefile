# Every command a developer needs. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := scripts/uv
RUN := $(UV) run --frozen
ARGS ?=
# A docker client without its compose plugin or without an engine is no docker.
COMPOSE := docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1
# Where the environment forbids it (images do), every process would compile all that it imports: five seconds for each start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check bench services services-stop format test-faults test-machines test-search test-spark test-web screenshots test-api soak-api soak-payments

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: ## the whole chain on published products, then a server at http://127.0.0.1:8000 (ARGS=--no-serve, ARGS=--fresh)
	@$(UV) sync --frozen --no-dev --inexact --quiet
	@.venv/bin/flask demo $(ARGS)

test: ## all tests but the slow kinds below (ARGS: paths or pytest options)
	@$(RUN) pytest -n auto --ignore=tests/faults -m "not elasticsearch and not web" $(ARGS)

# Each has a server of its own, and half of the time waits for what it has killed.
FAULT_PROCESSES ?= 2
test-faults: ## kill -9 and other broken machinery, and random histories that take minutes, on real servers
	@$(RUN) pytest --timeout=900 -n $(FAULT_PROCESSES) --dist worksteal -m "fault and not elasticsearch" tests/faults $(ARGS)

MACHINES ?= tests/service/*/test_*_machine.py
test-machines: ## state machines of money, contracts and the ledger at length: 200 histories of 50 steps each (MACHINES: some of them)
	@$(RUN) pytest -n auto --dist loadgroup --timeout=1800 --hypothesis-profile long $(MACHINES) $(ARGS)

test-search: ## what needs a real Elasticsearch: fetched and started by the tests, or the one of ELASTICSEARCH_URL
	@$(RUN) --group services pytest --timeout=900 -m elasticsearch $(ARGS)

test-spark: ## statistics on a Spark cluster of three processes on loopback: pyspark is fetched, a Java (17 or 21) must be there
	@$(RUN) --group spark pytest --timeout=900 -m spark tests/faults $(ARGS)

# Each has a site, a demo and a browser of its own.
WEB_PROCESSES ?= 2
test-web: ## pages in Debian's chromium (apt-get install chromium fonts-noto-cjk): stories, axe, every link of every role
	@$(RUN) --group web pytest --timeout=900 -n $(WEB_PROCESSES) -m web tests/web $(ARGS)

screenshots: ## the main pages as pictures, into docs/images
	@$(RUN) --group web python -m scripts.screenshots $(ARGS)

test-api: ## schemathesis over the whole OpenAPI, each operation with a role that may call it
	@$(RUN) pytest --timeout=900 -m fuzz tests/faults $(ARGS)

soak-api: ## the same with every role and many more cases (an hour or so; API_SOAK_CASES=15: a quarter; API_SOAK_SEED)
	@API_SOAK=1 $(RUN) pytest -m fuzz --timeout=0 tests/faults $(ARGS)

soak-payments: ## payments online with a fifth of all calls going wrong (ARGS="--payments 10000"; the last line says the differences)
	@$(RUN) python -m tests.soak_payments $(ARGS)

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

services: ## an Elasticsearch on this machine (ARGS='--nodes 3' for a cluster) and, where there is docker, PostgreSQL in a container
	@$(RUN) --group services python -m scripts.services start $(ARGS)
	@if $(COMPOSE); then docker compose up --detach --wait postgres && \
		echo "# PostgreSQL: export DATABASE_URL and MIGRATION_DATABASE_URL as in .env.example"; \
	else echo "# PostgreSQL: the embedded one starts by itself (no docker compose with a running engine here)"; fi
	@$(RUN) python -m scripts.services.stripe_mock start || echo "# stripe-mock: not started, see above"

services-stop: ## stop what `make services` started
	@$(RUN) python -m scripts.services stop
	@$(RUN) python -m scripts.services.stripe_mock stop
	@if $(COMPOSE); then docker compose stop postgres; fi
