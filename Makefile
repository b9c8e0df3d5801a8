# One target per verb; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
PROJECTS := libs/protos libs/mesh libs/artists services/caption services/stylize services/ticket services/gateway cli
INSTALLED := .venv/.installed
DEV_INSTALLED := .venv/.installed-dev
WORKERS ?= 2

.PHONY: help up test quick check fix proto release-proto docs screens bench chaos clean
.DEFAULT_GOAL := help

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv .venv

# The build backend is installed first and builds without isolation: otherwise pip would make one fresh environment a project.
$(INSTALLED): $(BIN)/python constraints.txt $(addsuffix /pyproject.toml,$(PROJECTS))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling editables
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt $(addprefix -e ,$(PROJECTS))
	@touch $@

$(DEV_INSTALLED): $(INSTALLED) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt
	@touch $@

up: $(INSTALLED) ## install what is needed and run the whole booth on this machine
	@$(BIN)/articket up $(ARGS)

test: $(DEV_INSTALLED) ## install what is needed and run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist load $(ARGS)

quick: $(DEV_INSTALLED) ## run the tests that take no seconds
	$(BIN)/python -m pytest -n $(WORKERS) --dist load -m "not slow" $(ARGS)

check: $(DEV_INSTALLED) ## lint, types, import contracts, protos; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/buf breaking --against proto/released.binpb

fix: $(DEV_INSTALLED) ## format, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

proto: $(DEV_INSTALLED) ## rebuild libs/protos from proto/
	PYTHON=$(BIN)/python scripts/make_protos.sh

release-proto: $(DEV_INSTALLED) ## take the present contracts as those that later ones must not break
	$(BIN)/buf build -o proto/released.binpb

docs: $(DEV_INSTALLED) ## rewrite the pages and the schema that are made from code
	$(BIN)/python scripts/make_artist_schema.py
	$(BIN)/python scripts/make_settings_doc.py

screens: $(DEV_INSTALLED) ## photograph every page in every state for docs/screens.md
	$(BIN)/python scripts/make_screens.py

bench: $(DEV_INSTALLED) ## measure, side by side with what a user would pick instead
	$(BIN)/python -m tests.bench $(ARGS)

chaos: $(DEV_INSTALLED) ## kill pods, gateways and the database among 500 visits; nobody may lose anything
	$(BIN)/python -m tests.chaos $(ARGS)

clean: ## remove what make has installed
	rm -rf .venv
