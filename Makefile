# Two commands: `make results` and `make test`. They need Python 3.11 or newer, pip and make.
PYTHON ?= python3
CORES ?= all
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
LOCK := envs/requirements.lock
READY := $(VENV)/ready
TARGETS := simulate ingest tensors model elbow states surrogate space attractors segments figures cards audit score monitor report

.PHONY: help results why test check benchmark docs inspect environment generated lock slurm cloud database lake spreadsheet clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14
	@echo 'TARGET is a file under results/ or one of: $(TARGETS)'

results: $(READY)  ## rebuild everything under results/ (TARGET=…, CORES=N, ARGS='snakemake options')
	$(BIN)/snakemake $(TARGET) --cores $(CORES) $(ARGS)

why: $(READY)  ## say in words what would run, and why (TARGET=…, ARGS='snakemake options')
	@$(BIN)/spendscape why $(TARGET) $(ARGS)

test: $(READY)  ## run the tests (ARGS='pytest options', WORKERS=0 in one process)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY)  ## formatting, types, workflow lint, and that nothing generated is stale
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/python workflow/scripts/generate.py --check
	$(BIN)/python tests/workflow/reruns.py --check

benchmark: $(READY)  ## measure everything anew, for hours (PART=notebook_26000, ARGS='--quick' tries it in minutes)
	$(BIN)/python benchmarks/pipeline.py $(PART) $(ARGS)

docs: $(READY)  ## build the docs into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

inspect: $(READY)  ## propose the config that reads an export (FILES='2023.csv 2024.csv')
	@$(BIN)/spendscape inspect $(FILES)

generated: $(READY)  ## rewrite what is generated: config.yaml, its schema and reference, conda environments, tables of results and reruns
	$(BIN)/python workflow/scripts/generate.py
	$(BIN)/python tests/workflow/reruns.py

environment: $(READY)  ## make .venv from envs/requirements.lock

# uv comes first, out of the same hashed lock, because it installs the rest five times as fast as pip; pip
# does it where uv cannot, for example because it does not read the index out of pip's own settings.
# Bytecode is compiled now: otherwise the first import of TensorFlow takes ten seconds.
# $(READY) is written last, so that an interrupted build is begun anew.
$(READY): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "spendscape needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@case "$(CURDIR)" in *" "*) echo "spendscape: Snakemake starts no script by a path with a space; move '$(CURDIR)'" >&2; exit 1;; esac
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {keep = 1; print; next} /^[^ ]/ {keep = 0} keep' $(LOCK) > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.lock
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode $(LOCK) \
		|| $(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:  ## compile envs/requirements.in into envs/requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		envs/requirements.in -o $(LOCK)
	for name in slurm benchmarks database lake spreadsheet browser; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			envs/$$name.in -o envs/$$name.lock || exit; done
	awk '/^[^ ]/ {keep = !/^python-dateutil==/} keep' $(LOCK) | $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --constraints - envs/cloud.in -o envs/cloud.lock

slurm: $(READY)  ## add the executors of profiles/slurm and profiles/generic to .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/slurm.lock

cloud: $(READY)  ## add the plugins of profiles/s3 and profiles/kubernetes to .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/cloud.lock

database: $(READY)  ## add the drivers of source: database to .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/database.lock

lake: $(READY)  ## add what source: delta and source: iceberg need to .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/lake.lock

spreadsheet: $(READY)  ## add the reader of .xlsx and .ods to .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/spreadsheet.lock

clean:  ## remove the environment and every result
	rm -rf $(VENV) .snakemake
	find results -mindepth 1 ! -name README.md -delete
