# One command set, for people and for CI alike. `make help` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
RUN_LOCK := requirements/run.lock
DEV_LOCK := requirements/dev.lock
DIFFUSERS_LOCK := requirements/diffusers.lock

.DEFAULT_GOAL := help
.PHONY: help install run test diffusers lint format bench litellm gallery screenshots docs lock bare-root clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/run.stamp ## install the service into .venv

run: install ## install and start the service on 127.0.0.1:8000
	@$(BIN)/seedbed serve

test: $(VENV)/dev.stamp ## install and run every test
	@$(BIN)/python -m pytest $(ARGS)

diffusers: $(VENV)/diffusers.stamp ## install what open-weight models are drawn with

lint: $(VENV)/dev.stamp ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## bring the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## measure speed, latency and memory
	$(BIN)/python -m bench

litellm: ## install the gateway that bench compares ours with, into an environment of its own
	$(PYTHON) -m venv build/litellm
	build/litellm/bin/python -m pip --quiet --disable-pip-version-check install 'litellm[proxy]==1.100.5'

gallery: $(VENV)/dev.stamp ## draw contact sheets of the default engine, and of its edits, into build/
	$(BIN)/python -m bench.gallery
	$(BIN)/python -m bench.edit_gallery

screenshots: $(VENV)/dev.stamp ## photograph every page of the console into build/ (needs Chromium)
	$(BIN)/python -m bench.screenshots

docs: install ## write the OpenAPI document into build/
	@mkdir -p build
	$(BIN)/python -c "import json; from seedbed.app import create_app; print(json.dumps(create_app().openapi(), indent=1))" > build/openapi.json
	@echo build/openapi.json

lock: ## renew the lock files from what pyproject.toml asks for
	@PYTHON=$(PYTHON) requirements/lock.sh

bare-root: ## try both README commands in a minimal Debian root (needs root and debootstrap)
	@bench/bare_root.sh

clean: ## remove what the commands above made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Seedbed needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "Installing into $(VENV); the first time takes a minute or two."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp $(RUN_LOCK) pyproject.toml
	@$(PIP) install -r $(RUN_LOCK)
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp $(DEV_LOCK)
	@$(PIP) install -r $(DEV_LOCK)
	@touch $@

$(VENV)/diffusers.stamp: $(VENV)/run.stamp $(DIFFUSERS_LOCK)
	@$(PIP) install -r $(DIFFUSERS_LOCK) --constraint $(DEV_LOCK)
	@touch $@
