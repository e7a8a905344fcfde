# `make help` lists the targets.
# The first of these that runs and is 3.11 or later: a version manager's shim may have nothing behind it. 3.11 comes first
# because it is what the figures in the docs were made with.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
BIN := .venv/bin
TABLE ?=
DATA ?=
SCALE ?= toy
SEEDS ?=
JOBS ?=
INCEPTION ?=
STALE ?=
FAMILY ?=
LAUNCHER ?=

# OpenMP's waiting threads must sleep, not spin: with a second busy process a spinning pool is ten times slower.
export OMP_WAIT_POLICY = PASSIVE

options = $(if $(TABLE),--table $(TABLE)) --scale $(SCALE) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(DATA),--data '$(DATA)') $(if $(INCEPTION),--inception '$(INCEPTION)')
stale = $(if $(STALE),--stale $(STALE))
families = $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard ablations/*/table_*.yaml)))))
family_tests = $(shell find tests -type d -name '$(FAMILY)' -not -path 'tests/support/*')
family_tables = $(patsubst ablations/$(FAMILY)/table_%.yaml,%,$(wildcard ablations/$(FAMILY)/table_*.yaml))

.DEFAULT_GOAL := help
.PHONY: help install tables plan lint-table ablate report wandb-push test check bench docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'
	@echo
	@echo '  TABLE=4-1   SCALE=toy|small|paper   SEEDS=n   DATA=folder   INCEPTION=weights.pth'
	@echo '  JOBS=n   STALE=ask|refresh|keep   LAUNCHER=local|command   FAMILY=ring (of test)'

install: .venv/.installed ## the environment in .venv, as constraints.txt has it (the other targets call it)

.venv/.installed: pyproject.toml constraints.txt
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "error: no Python 3.11 or later found; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@echo "Installing into .venv (about 6 GB with the CUDA build of torch, once) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

tables: .venv/.installed ## what can be reproduced
	@$(BIN)/python cli.py tables

plan: .venv/.installed ## the stages of TABLE, or of all tables: done, shared, stale, missing, and what is left costs
	@$(BIN)/python cli.py plan $(options)

lint-table: .venv/.installed ## is the ablation fair? a checklist of TABLE, or of all tables
	@$(BIN)/python cli.py lint-table $(if $(TABLE),--table $(TABLE))

ablate: .venv/.installed need-table ## train, measure and report every row of TABLE
	@$(BIN)/python cli.py ablate $(options) $(stale) $(if $(JOBS),--jobs $(JOBS)) $(if $(LAUNCHER),--launcher $(LAUNCHER))

report: .venv/.installed need-table ## write and print the report of TABLE from what has run
	@$(BIN)/python cli.py report $(options) $(stale)

wandb-push: .venv/.installed need-table ## rebuild the W&B runs of TABLE from what is on disk
	@$(BIN)/python cli.py wandb-push $(options)

test: .venv/.installed ## the whole test suite, a process a core; FAMILY=ring: what concerns one family
ifdef FAMILY
	@test -n "$(family_tests)" || { echo "error: there are no tests of $(FAMILY); FAMILY is one of: $(families)" >&2; exit 2; }
	$(BIN)/python -m pytest -n auto --dist loadfile $(family_tests)
	$(BIN)/python -m pytest -n auto tests/test_house.py -k '$(FAMILY)-$(family_tables:%= or %)'
else
	$(BIN)/python -m pytest -n auto --dist loadfile
endif

check: .venv/.installed ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.installed ## the benchmarks, as ratios
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: .venv/.installed ## the documentation in docs/_build/html
	$(BIN)/sphinx-build -W -q docs docs/_build/html

clean: ## remove runs, reports and caches (not the environment)
	rm -rf runs reports cache data/synthetic

.PHONY: need-table
need-table:
	@test -n "$(TABLE)" || { echo "error: which table? make $(MAKECMDGOALS) TABLE=4-1 (make tables lists them)" >&2; exit 2; }
