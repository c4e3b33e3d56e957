# Two commands: make run, make test. Both prepare .venv first, once; PYTHON=python3.12 picks another
# Python, JOBS=4 the number of test processes.
# Paths in this file are relative, so that a clone may lie anywhere, also in a folder with spaces.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv/bin/python
INSTALLED := .venv/.installed
DEVELOPING := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-faults mutants hashes verified docs clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name what; do \
	  printf '%-18s %s\n' "$$name" "$$what"; done

run: $(INSTALLED)  ## Build what is out of date, and print the result
	@$(VENV) -m flows.cli run

test: $(DEVELOPING)  ## Lint, types and the tests that run in minutes
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy
	$(VENV) -m pytest -n $(JOBS) -m "not slow"

test-slow: $(DEVELOPING)  ## The tests that take longer, too
	$(VENV) -m pytest -n $(JOBS) -m "slow or not slow"

test-faults: $(DEVELOPING)  ## Generated inputs, kills, a failing machine: FAULTS_SCALE=0.1 for a tenth
	$(VENV) -m pytest -m faults tests/faults

mutants: $(DEVELOPING)  ## Change 600 calculations, one at a time: do the nearest tests notice? SEED=1 for others
	@$(VENV) -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[audit]"
	$(VENV) tests/faults/mutants.py $(or $(MUTANTS),600) $(or $(SEED),0)

hashes: $(INSTALLED)  ## Write requirements-hashed.txt: the pins with the digest of every file
	@$(VENV) -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[audit]"
	$(VENV) -m uv pip compile pyproject.toml -c constraints.txt --all-extras --universal --quiet \
	  --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make hashes" \
	  -o requirements-hashed.txt > /dev/null

verified:  ## Make .venv anew from requirements-hashed.txt, every file against its digest
	@$(PYTHON) -m venv --clear .venv
	$(VENV) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-hashed.txt
	$(VENV) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

docs: $(INSTALLED)  ## The API pages, in site/
	@$(VENV) -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[docs]"
	$(VENV) docs/api.py site

clean:  ## Remove the environment and everything a run left, but not the data
	rm -rf .venv artifacts .smrt mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) says: $$($(PYTHON) --version 2>&1 | head -n 1)" >&2; \
	  echo "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing into .venv; this happens once and takes a few minutes …"
	@$(PYTHON) -m venv .venv
	@$(VENV) -m pip install -qq --disable-pip-version-check -c constraints.txt -e .
	@touch $(INSTALLED)

$(DEVELOPING): $(INSTALLED)
	@echo "Installing the tools of the tests, too …"
	@$(VENV) -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(DEVELOPING)
