# What a person types. Each target makes what it needs and is quick the second time.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PARTS  ?=
DATA   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench docs packages clean

help:
	@echo "make demo            the whole product on this machine; open the address that it prints"
	@echo "make demo PARTS=200  the same without page, 200 parts, summary in build/demo.json"
	@echo "make test            format, lint, types and all tests"
	@echo "make lint            format, lint and types only"
	@echo "make bench           speed of the box on this machine; DATA=DIR adds a data set in MVTec AD layout"
	@echo "make docs            the reference pages that are made from the code"
	@echo "make clean           removes build/ and the virtual environment"

$(VENV)/bin/pip:
	@echo "== making the virtual environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/pip
	@echo "== installing the box, the trainer and the demo (torch is large: some minutes the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[cpu,trainer,demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.demo
	@echo "== installing what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[cpu,trainer,demo,dev]'
	@touch $@

demo: $(VENV)/.demo
ifeq ($(PARTS),)
	@$(BIN)/ringlight demo
else
	@$(BIN)/ringlight demo --parts $(PARTS) --headless --json build/demo.json
	@echo "== summary: build/demo.json"
endif

lint: $(VENV)/.dev
	@echo "== format, lint, types"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --warnings

format: $(VENV)/.dev
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

packages:
	@sh .ci/packages.sh

test: lint packages
	@echo "== tests"
	@$(BIN)/pytest -rs

build/demo/cells.ringlight: | $(VENV)/.demo
	@echo "== making the demo's model"
	@$(BIN)/ringlight demo --parts 5 --headless

bench: $(VENV)/.dev build/demo/cells.ringlight
	@$(BIN)/python benchmarks/line.py --json build/bench-line.json
	@$(BIN)/python benchmarks/box.py --json build/bench-box.json
	@$(BIN)/python benchmarks/gate.py --json build/bench-gate.json
ifneq ($(DATA),)
	@$(BIN)/python benchmarks/mtd.py --data $(DATA) --json build/bench-mtd.json
endif

docs: $(VENV)/.demo
	@$(BIN)/ringlight config reference > docs/configuration.md
	@$(BIN)/python -m edge.telemetry.reference > docs/mqtt.md

clean:
	rm -rf build $(VENV)
