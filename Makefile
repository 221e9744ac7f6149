# The first lines of the README: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PY := .venv/bin/python

.PHONY: help demo workshop test test-browser check lint format bench clean setup setup-dev models edge-wheels test-aarch64

help:  ## what there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:
	@$(PYTHON) tools/bootstrap.py

setup-dev:
	@$(PYTHON) tools/bootstrap.py --dev

demo: setup  ## install, fetch the models and clips, annotate them, say where the result is
	@$(PY) run.py demo

workshop: setup  ## train a small network, judge, explain and export it, and run it on a clip: five minutes
	@$(PY) -m models workshop

models: setup
	@$(PY) -m models pull --all-default

test: setup-dev models  ## install, fetch the models, run every test and doctest
	$(PY) -m pytest

test-browser: setup-dev  ## try the page in the system's Chromium, as a person would
	@$(PY) -m pip install --quiet -r requirements-browser.txt
	$(PY) -m pytest tests/browser

lint: setup-dev  ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .

check: lint test  ## what a change has to pass

format: setup-dev  ## put the code into its style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup  ## frames per second, CPU and memory beside plain loops, on a real clip
	@$(PY) -m benchmarks.annotate

test-aarch64: setup models  ## the runtime on 64-bit Arm, under emulation: tests, the same boxes, memory (root, half an hour)
	@$(if $(filter 0,$(shell id -u)),,sudo) env PY=$(CURDIR)/$(PY) tools/aarch64.sh

edge-wheels: setup-dev  ## whether the device install is wheels alone on 64-bit Arm
	@$(PY) -m tools.edge_wheels

clean:  ## remove what was made here; the cache of models stays
	rm -rf .venv out .mypy_cache .ruff_cache .pytest_cache .hypothesis
