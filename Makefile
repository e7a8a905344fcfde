# `make help` lists the targets.
# The first of these that runs and is 3.11 or later (a version manager's shim may point to no installation). 3.11 comes first:
# the figures in the docs were made with it.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
BIN := .venv/bin
pip = $(BIN)/python -m pip install --quiet --disable-pip-version-check
TABLE ?=
DATA ?=
SCALE ?= toy
SEEDS ?=
JOBS ?=
INCEPTION ?=
STALE ?=
FAMILY ?=
LAUNCHER ?=

# Idle OpenMP threads must sleep, not spin: with a second busy process a spinning pool is ten times slower.
export OMP_WAIT_POLICY = PASSIVE

# A user's words reach the shell as values of its environment, never as its text or make's, whatever they contain.
words = TABLE DATA SCALE SEEDS JOBS INCEPTION STALE FAMILY LAUNCHER
$(foreach name,$(words),$(eval override $(name) := $$(value $(name))))
export $(words)
options = $${TABLE:+--table "$$TABLE"} --scale "$$SCALE" $${SEEDS:+--seeds "$$SEEDS"} $${DATA:+--data "$$DATA"} $${INCEPTION:+--inception "$$INCEPTION"}
stale = $${STALE:+--stale "$$STALE"}
families = $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard ablations/*/table_*.yaml)))))
family = $(filter $(families),$(FAMILY))
family_tests = $(if $(family),$(shell find tests -type d -name '$(family)' -not -path 'tests/support/*'))
family_tables = $(patsubst ablations/$(family)/table_%.yaml,%,$(wildcard ablations/$(family)/table_*.yaml))

.DEFAULT_GOAL := help
.PHONY: help install lock tables plan lint-table ablate report wandb-push test check bench docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'
	@echo
	@echo '  TABLE=4-1   SCALE=toy|small|paper   SEEDS=n   DATA=folder   INCEPTION=weights.pth'
	@echo '  JOBS=n   STALE=ask|refresh|keep   LAUNCHER=local|command   FAMILY=ring (for test)'
	@echo
	@echo '  One model by hand: $(BIN)/python cli.py fit --config FILE. Its arguments, with what they mean:'
	@echo '  $(BIN)/python cli.py fit --model.help lightning_modules.fashion_completion.WeNTexture'

install: .venv/.installed ## install the environment of requirements.lock in .venv (other targets call this)

.venv/.installed: pyproject.toml requirements.lock
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "error: no Python 3.11 or later found; set PYTHON: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@echo "Installing into .venv (about 6 GB with the CUDA build of torch, once) ..."
	$(pip) --require-hashes --requirement requirements.lock
	$(pip) --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## update requirements.lock and constraints.txt from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command 'make lock' --quiet --output-file requirements.lock
	grep -oE '^[^ #]+==[^\\]*[^\\ ]' requirements.lock > constraints.txt

tables: .venv/.installed ## list the tables and their claims
	@$(BIN)/python cli.py tables

plan: .venv/.installed ## stages of TABLE (default: all tables): done, shared, stale, missing; cost of the rest
	@$(BIN)/python cli.py plan $(options)

lint-table: .venv/.installed ## checklist: is the ablation in TABLE fair? (default: all tables)
	@$(BIN)/python cli.py lint-table $${TABLE:+--table "$$TABLE"}

ablate: .venv/.installed need-table ## train, measure and report every row of TABLE
	@$(BIN)/python cli.py ablate $(options) $(stale) $${JOBS:+--jobs "$$JOBS"} $${LAUNCHER:+--launcher "$$LAUNCHER"}

report: .venv/.installed need-table ## write and print the report of TABLE from the finished stages
	@$(BIN)/python cli.py report $(options) $(stale)

wandb-push: .venv/.installed need-table ## rebuild the W&B runs of TABLE from the run folders
	@$(BIN)/python cli.py wandb-push $(options)

test: .venv/.installed ## run the test suite in parallel; FAMILY=ring: only the tests of one family
ifdef FAMILY
	@test -n "$(family_tests)" || { echo "error: no tests of family '$$FAMILY'; families: $(families)" >&2; exit 2; }
	$(BIN)/python -m pytest -n auto --dist loadfile $(family_tests)
	$(BIN)/python -m pytest -n auto tests/test_house.py -k '$(family)-$(family_tables:%= or %)'
else
	$(BIN)/python -m pytest -n auto --dist loadfile
endif

check: .venv/.installed ## check lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.installed ## run the benchmarks (results are ratios)
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: .venv/.installed ## build the documentation in docs/_build/html
	$(BIN)/sphinx-build -W -q docs docs/_build/html

clean: ## remove runs, reports and caches (not the environment)
	rm -rf runs reports cache data/synthetic

.PHONY: need-table
need-table:
	@test -n "$$TABLE" || { echo "error: TABLE is not set; example: make $(MAKECMDGOALS) TABLE=4-1 (make tables lists all)" >&2; exit 2; }
