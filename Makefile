# What `make spec-diff` compares with: the last release, or the commit before while there is none.
BASE ?= $(shell git describe --tags --abbrev=0 2>/dev/null || git rev-parse --verify --quiet HEAD~1)

# Everything runs in a virtual environment inside the checkout, made by the first target that needs
# it. `make PYTHON=python3.12 VENV=.venv-3.12 test` uses another interpreter beside it.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
TESTS ?= tests
# Of how many runs benchmarks show the medians.
RUNS ?= 1
# With SHORT=1 benchmarks only show that they still work.
SHORT ?=
export BENCHMARK_SHORT := $(SHORT)
# Tests start Python hundreds of times, and each time would compile all that it loads.
unexport PYTHONDONTWRITEBYTECODE
NPM ?= $(shell command -v npm)

.DEFAULT_GOAL := help
.PHONY: man screenshot soak help setup demo demo-pipeline demo-engine demo-slurm test-slurm test-hosts chaos bench-engine bench-objects docs-site serve test test-slow conformance spec-lint spec-lint-npm generate generate-check format lint typecheck \
	bench bench-service bench-console build check clean spec-diff docs-api docs-if-npm clients

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.made:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; give it as PYTHON=…"; exit 2; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.local: $(VENV)/.made pyproject.toml
	@echo "installing the SDK and the embedded service"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[local]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	@echo "installing everything that development needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/.local $@

setup: $(VENV)/.dev ## Make the virtual environment with everything in it

demo: $(VENV)/.local ## Run the documented example against the embedded service
	@$(BIN)/python examples/demo.py build/demo

demo-pipeline: $(VENV)/.dev ## Run a job of three tasks over a text, with the vendor's object client
	@$(BIN)/python examples/demo_pipeline.py

demo-engine: $(VENV)/.dev ## Run the documented example on agents, with PostgreSQL and objects in an S3
	@$(BIN)/python examples/demo_engine.py

demo-slurm: $(VENV)/.dev ## Run the documented example on a Slurm of one node (root; slurm-wlm, munge)
	@$(BIN)/python examples/demo_slurm.py

serve: $(VENV)/.local ## Run the embedded service on port 8642 until Ctrl-C
	@$(BIN)/python -m batchcompute.server serve

# By folders: the many small unit tests come last, and with them no worker is long alone at the end.
# Many of them wait for programs: three at a time keep two cores busy.
test: $(VENV)/.dev ## Run all tests (JOBS=3 at a time)
	$(PYTEST) -n $(or $(JOBS),3) --dist loadscope --no-loadscope-reorder $(TESTS)

test-slow: $(VENV)/.dev ## Kill the service at every write and at random; try the wheel
	$(PYTEST) -n $(or $(JOBS),3) tests/slow
	$(PYTEST) -n $(or $(JOBS),3) --dist loadscope -m slow $$(grep -rl --include='*.py' 'mark\.slow' $(TESTS))

# How long `make soak` goes on.
SECONDS ?= 600
soak: $(VENV)/.dev ## Keep the service busy and break it again and again, for SECONDS=600
	@nice $(BIN)/python -m tests.slow.soak --seconds $(SECONDS)

test-slurm: $(VENV)/.dev ## Run programs on a Slurm of one node (root; Debian's slurm-wlm and munge)
	$(PYTEST) tests/slurm

test-hosts: $(VENV)/.dev ## Cut the wires between a service and agents in network namespaces (root)
	$(PYTEST) tests/slow/hosts

# How many instances `make chaos` runs while it breaks what runs them.
INSTANCES ?= 5000
chaos: $(VENV)/.dev ## Lose jobs, nodes, answers and servers while INSTANCES=5000 run on agents
	CHAOS_INSTANCES=$(INSTANCES) $(PYTEST) tests/slow/test_random_kills.py tests/slow/test_agent_chaos.py \
		tests/slow/test_pilot_chaos.py tests/slow/test_standby.py tests/slow/test_mixed_chaos.py -k "recorded or turns"

man: $(VENV)/.dev ## Write the manual page of the command, docs/batchcompute.1
	@$(BIN)/python -m batchcompute.cli.man_page > docs/batchcompute.1

screenshot: $(VENV)/.dev ## Take the picture of the console that the README shows
	@$(BIN)/python -m tests.console.picture

conformance: $(VENV)/.dev ## Hold the running service against its contract, with many requests
	@$(BIN)/python -m tests.slow.conformance --cases 200

spec-lint: $(VENV)/.dev spec-lint-npm ## Check spec/openapi.yaml by our own rules, and with Spectral and Redocly if there is npm
	@$(BIN)/python -m codegen.lint

# Nothing is sent anywhere while they check.
LINTERS := $(VENV)/linters
spec-lint-npm: $(if $(filter-out off,$(NPM)),$(LINTERS)/.made)
ifeq ($(NPM),off)
	@:
else ifeq ($(NPM),)
	@echo "spec/openapi.yaml: not checked with Spectral and Redocly, which need npm (install Node.js 20.19 or newer)"
else
	@$(LINTERS)/node_modules/.bin/spectral lint --fail-severity hint --quiet spec/openapi.yaml
	@REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(LINTERS)/node_modules/.bin/redocly lint --format stylish spec/openapi.yaml 2>$(LINTERS)/log \
		|| { cat $(LINTERS)/log; exit 1; }
	@echo "spec/openapi.yaml: clean by Spectral and Redocly"
endif

$(LINTERS)/.made: codegen/lint/npm/package.json $(VENV)/.made
	@echo "installing Spectral and Redocly"
	@mkdir -p $(LINTERS) && cp codegen/lint/npm/package.json $(LINTERS)
	@cd $(LINTERS) && $(NPM) install --no-audit --no-fund --no-package-lock --prefer-offline --silent \
		|| { echo "npm could not install them; make NPM=off spec-lint checks without them"; exit 1; }
	@touch $@

spec-diff: $(VENV)/.dev ## Name the breaking changes of the contract since BASE=<revision>
	@$(BIN)/python -m codegen.spec_diff $(BASE)

docs-api: $(VENV)/.dev ## Write the API reference, which `make serve` shows at /docs
	@$(BIN)/python -m codegen.docs_page

docs-site: $(VENV)/.docs ## Write the documentation as a site into build/site
	@$(BIN)/python -m sphinx -q -W --keep-going -j auto docs build/site
	@echo "written to build/site/index.html"

$(VENV)/.docs: $(VENV)/.dev
	@echo "installing what makes the documentation"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

$(VENV)/.clients: $(VENV)/.dev
	@echo "installing the generators of clients"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[clients]'
	@touch $@

docs-if-npm: $(VENV)/.dev
	@if command -v npm >/dev/null; then $(BIN)/python -m codegen.docs_page; \
	else echo "API reference: skipped, this machine has no npm"; fi

clients: $(VENV)/.clients docs-if-npm ## Generate clients in other languages; run and check them
	@$(BIN)/python -m clients
	$(PYTEST) tests/clients

generate: $(VENV)/.dev ## Write batchcompute/_generated/ anew from spec/
	@$(BIN)/python -m codegen generate

generate-check: $(VENV)/.dev ## Check that batchcompute/_generated/ is what spec/ gives, byte for byte
	@$(BIN)/python -m codegen check

format: $(VENV)/.dev ## Format the handwritten code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lint: $(VENV)/.dev ## Check style and formatting of the handwritten code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: $(VENV)/.dev ## Check all types with mypy, and what is shipped also with pyright
	$(BIN)/mypy
	$(BIN)/python -m pyright --pythonpath $(BIN)/python

bench: $(VENV)/.dev ## Measure, as ratios to a reference in the same run
	@$(BIN)/python benchmarks/models.py
	@$(BIN)/python benchmarks/lists.py
	@$(BIN)/python benchmarks/http_requests.py
	@$(BIN)/python benchmarks/imports.py

bench-service: $(VENV)/.dev ## Measure the embedded service, for some minutes; RUNS=5 gives medians
	@$(BIN)/python benchmarks/service.py --runs $(RUNS)
	@$(BIN)/python benchmarks/dispatch.py --runs $(RUNS)

bench-engine: $(VENV)/.dev ## Measure agents against bare Dask and the embedded service, for some minutes
	@$(BIN)/python benchmarks/engine.py --runs $(RUNS)

.PHONY: bench-scheduler
bench-scheduler: $(VENV)/.dev ## Simulate the scheduler with 100, 1,000 and 10,000 VMs, for some minutes
	@$(BIN)/python benchmarks/simulation.py

bench-objects: $(VENV)/.dev ## Measure the object protocol and the cache of inputs, for about four minutes
	@$(BIN)/python benchmarks/objects.py
	@$(BIN)/python benchmarks/input_cache.py

bench-console: $(VENV)/.dev ## Measure the console: sizes, pages of a huge job, open tabs
	@$(BIN)/python benchmarks/console.py

build: $(VENV)/.dev docs-if-npm ## Build the wheel and the sdist into dist/
	$(BIN)/python -m build --outdir dist .

check: lint typecheck spec-lint generate-check test ## Everything that must pass before a commit lands

clean: ## Remove the virtual environment, caches and builds
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
