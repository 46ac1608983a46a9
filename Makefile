# make demo    judge a dozen real solutions, honest and not, and print what came of each
# make train-demo  train a tiny policy until it writes faster kernels (less than 20 minutes)
# make test    run every test
# make check   formatting, lint, types, structure, tests
# make bench   measure the evaluator itself
# make test-verl   run the tests of the verl plug-in, in an environment of its own: .venv-verl
# Each creates .venv on first use. PYTHON=… names an interpreter other than python3.11.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.installed-core
STAMP := $(VENV)/.installed
VERL := .venv-verl
WORKERS ?= 2

.PHONY: demo train-demo test test-verl check bench setup format lint types structure clean

demo: $(CORE)
	$(BIN)/python scripts/demo.py

train-demo: $(STAMP)
	$(BIN)/python scripts/train_demo.py

# as the pool sets it for referees: threads that wait for work leave the cores to those that work
test: export OMP_WAIT_POLICY := PASSIVE
test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST)

test-verl: $(VERL)/.installed
	$(VERL)/bin/python -W ignore -m pytest tests/integrations/verl tests/rl/test_other_code.py $(PYTEST)

check: lint types structure test

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

structure: $(STAMP)
	$(BIN)/python scripts/structure.py

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	@set -e; for script in benchmarks/[a-z]*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script; done

setup: $(STAMP)

$(CORE): pyproject.toml requirements/constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh core
	@touch $@

$(STAMP): $(CORE)
	@PYTHON="$(PYTHON)" scripts/setup.sh all
	@touch $@

$(VERL)/.installed: pyproject.toml requirements/verl-constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh verl
	@touch $@

clean:
	rm -rf $(VENV) $(VERL) build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
