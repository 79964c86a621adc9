# Two commands do everything: `make run` and `make test`. They need Python 3.11+ and make, and make the rest in .venv/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench lock clean browser screenshots messages

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## collect, read and flag, then serve the inbox with the schedules running (ONCE=1: one collection, then exit)
ifdef ONCE
	@$(BIN)/earful run
else
	@$(BIN)/earful run && code=0 || code=$$?; case $$code in 0|3|4) ;; *) exit $$code ;; esac; exec $(BIN)/earful up
endif

test: $(READY_DEV) browser ## run every test, linter and type check
	@$(BIN)/python tests/all.py

check: $(READY_DEV) ## the quick loop: linters, types, and every test that takes less than a third of a second
	@$(BIN)/python tests/all.py --quick

fmt: $(READY_DEV) ## format the code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

bench: $(READY_DEV) ## rows a second and memory, beside an alternative in the same run
	@$(BIN)/python bench/pipeline.py && $(BIN)/python bench/files.py

lock: $(READY_DEV) ## pin every dependency anew, with hashes
	@$(UV) pip compile pyproject.toml --group build --universal --upgrade --quiet --generate-hashes --no-emit-index-url --no-annotate \
		--no-header -o requirements.lock
	@$(UV) pip compile pyproject.toml --group dev --all-extras --universal --upgrade --quiet --generate-hashes --no-emit-index-url \
		--no-annotate --no-header -c requirements.lock -o requirements-dev.lock

messages: $(READY_DEV) ## gather the words of the pages anew, for earful/locale to be translated
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract -F pyproject.toml -k NP_:1c,2 -k NN_:1,2 --sort-by-file --add-location=file --omit-header \
		-o build/messages.pot campaigns connectors earful flows inbox models
	@for code in $(notdir $(wildcard earful/locale/*)); do $(BIN)/pybabel --quiet update -i build/messages.pot \
		-o earful/locale/$$code/messages.po -l $$code --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
		--width 100; done

screenshots: $(READY_DEV) browser ## make the pictures in README and docs anew
	@$(BIN)/python docs/images/remake.py

browser: $(READY_DEV)
	@$(BIN)/python tests/browser.py

clean: ## remove the environment and caches (your earful.toml and data stay)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Earful needs Python 3.11 or newer; name one: make run PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up .venv (once, about a minute)" >&2
	@$(PYTHON) -m venv $(VENV) || { echo "This Python has no venv; on Debian: apt install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): $(UV) requirements.lock pyproject.toml
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_DEV): $(UV) requirements-dev.lock pyproject.toml
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@ $(READY)
