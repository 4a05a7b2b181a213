# `make demo` and `make test` are the two commands a newcomer needs; both set up what they use.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch; set TORCH_INDEX to a CUDA index of PyTorch's for a GPU machine.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PROFILE ?= embedded
VIDEO ?= demo/talking_head.mp4
LANGUAGES ?= pt
# What the people in VIDEO agreed to: voice,lips. The demo clip's speaker is free to be dubbed so.
CONSENT ?= $(if $(filter demo/talking_head.mp4,$(VIDEO)),voice$(comma)lips)
comma := ,
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo stop test thorough check redteam bench lock clean

help:  ## Show this list.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip==26.3" "uv==0.13.9"

$(VENV)/.torch: requirements-torch.txt | $(VENV)/bin/uv
	$(BIN)/python -m pip install --quiet --retries 1 --extra-index-url $(TORCH_INDEX) -r requirements-torch.txt
	@touch $@

$(VENV)/.installed: requirements.txt pyproject.toml $(VENV)/.torch
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-dev.txt
	@touch $@

lock: | $(VENV)/bin/uv  ## Pin requirements*.in into requirements*.txt.
	scripts/lock_requirements.sh

setup: $(VENV)/.installed  ## Environment, weights, database.
	dubwright models pull --profile $(PROFILE)
	dubwright airflow prepare
	dubwright delivery prepare

demo: setup  ## Translate the demo clip, or VIDEO=path into LANGUAGES=pt,es.
	dubwright demo "$(VIDEO)" --to "$(LANGUAGES)" --consent "$(CONSENT)"

stop:  ## Stop the Airflow that `make demo` started.
	dubwright airflow down

check: $(VENV)/.installed-dev  ## Format, lint, types, layers.
	ruff format --check .
	ruff check .
	mypy
	lint-imports

test: check  ## Everything that CI runs: checks and tests.
	dubwright models pull --profile $(PROFILE)
	dubwright delivery prepare
	pytest --numprocesses 2 --no-loadscope-reorder --durations=25 -m "not thorough"

thorough: setup $(VENV)/.installed-dev  ## The tests that take minutes each: Celery, an upgrade, a kill while lips are drawn.
	pytest -m thorough

redteam: setup $(VENV)/.installed-dev  ## Attack it in known ways, and write docs/red-team.md.
	python -m tests.redteam.table

bench: setup $(VENV)/.installed-dev  ## Print the figures of docs/measurements.md.
	python -m benchmarks.run

clean:  ## Remove the environment and everything that Dubwright wrote here.
	rm -rf $(VENV) var
