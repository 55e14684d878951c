# Timewright. `make demo` to try it, `make test` to test it, `make help` for the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test test-needs faults bench check format docs requirements clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(INSTALLED) ## Set up .venv with Timewright and the development tools; nothing when it is current

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Timewright needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

demo: install ## Serve sample data on http://127.0.0.1:8000 and say how to log time
	@$(BIN)/timewright demo --data .demo

test: install test-needs ## Run the whole suite on SQLite and PostgreSQL
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup

test-needs:
	@tests/needs

faults: install ## Break a running server on purpose (LONG=1: the long forms)
	$(BIN)/python -m faults

bench: install ## Measure against the floors (ROUNDS=5, SIZE=10M, CHECK=1 fails below a floor, BENCH_DATA keeps data)
	$(BIN)/python -m bench

check: install ## Format, lint, types, layers, house rules, made pages
	$(BIN)/ruff format --check src tests faults bench examples
	$(BIN)/ruff check src tests faults bench examples
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/test_house_rules.py
	$(BIN)/timewright documents --check

format: install ## Format the code
	$(BIN)/ruff format src tests faults bench examples
	$(BIN)/ruff check --fix src tests faults bench examples

docs: install ## Write the pages that are made from the declarations
	$(BIN)/timewright documents
	$(BIN)/python -m tests.contract.compatibility

requirements: install ## Pin the requirements anew (needs pip-tools beside the development tools)
	@requirements/pin

clean: ## Remove what was installed and made
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .hypothesis
