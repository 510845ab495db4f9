# All that is done with this project, from its root. Paths are relative, so that the project may
# stand in a folder with a space in its name; programs are called as modules, because a script's
# first line cannot hold such a path.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
WORKERS ?= 2
ARGS ?=
CODE := $(wildcard app tests benchmarks migrations tools)
COMPILE := $(PYTHON) -m uv pip compile --quiet --system-certs --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help venv runtime run demo test soak lint format bench docs lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

venv: ## the environment for development, from the lock
	@sh tools/venv.sh dev

runtime: # the environment that the program itself needs
	@sh tools/venv.sh runtime

run: runtime ## the server with demonstration data, on http://127.0.0.1:8000, or RENRAKUMO_PORT
	@RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS="$${RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS-127.0.0.0/8}" \
		exec $(PYTHON) -m app serve --demo $(ARGS)

demo: runtime ## one incident to watch in this terminal, while `make run` runs in another
	@exec $(PYTHON) -m app demo $(ARGS)

test: venv ## all tests but the long ones
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

soak: venv ## the long tests
	$(PYTHON) -m pytest -m soak --timeout 3600 $(ARGS)

lint: venv ## style, types, direction of imports, migrations, links
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy $(CODE)
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" \
		--no-logo --no-cache
	$(PYTHON) -m tools.check_migrations
	$(PYTHON) -m tools.check_links

format: venv ## put the code into the project's form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: venv ## the budgets, as ratios on this machine
	$(PYTHON) -m benchmarks $(ARGS)

docs: venv ## see that the links between the documents hold
	$(PYTHON) -m tools.check_links

lock: venv ## resolve the requirements anew; ARGS=--upgrade for newer versions
	$(COMPILE) $(ARGS) requirements/bootstrap.in --output-file requirements/bootstrap.txt
	$(COMPILE) $(ARGS) requirements/runtime.in --output-file requirements/runtime.txt
	$(COMPILE) $(ARGS) --constraints requirements/runtime.txt requirements/dev.in \
		--output-file requirements/dev.txt

clean: ## remove what can be made again; data under var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
