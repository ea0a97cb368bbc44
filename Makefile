# Two commands: `make results` and `make test`. They need Python 3.11 or newer, pip and make.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
LOCK := envs/requirements.lock
READY := $(VENV)/ready

.PHONY: help results test check environment generated lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

results: $(READY)  ## rebuild everything under results/ (CORES=N, ARGS='snakemake options')
	$(BIN)/snakemake --cores $(CORES) $(ARGS)

test: $(READY)  ## run the tests (ARGS='pytest options')
	$(BIN)/python -m pytest $(ARGS)

check: $(READY)  ## formatting, types and workflow lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile rules
	$(BIN)/snakemake --lint

generated: $(READY)  ## rewrite what is generated: schema, README table, conda environments
	$(BIN)/python -m workflow.generate

environment: $(READY)  ## make .venv from envs/requirements.lock

# uv comes first, out of the same hashed lock, because it installs the rest five times as fast as pip.
# Bytecode is compiled now: otherwise the first import of TensorFlow takes ten seconds.
$(READY): $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "spendscape needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	awk '/^uv==/ {keep = 1; print; next} /^[^ ]/ {keep = 0} keep' $(LOCK) > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(VENV)/uv.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode $(LOCK)
	touch $@

lock:  ## compile envs/requirements.in into envs/requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		envs/requirements.in -o $(LOCK)

clean:  ## remove the environment and every result
	rm -rf $(VENV) .snakemake
	find results -mindepth 1 ! -name README.md -delete
