# Needs Python 3.11 or newer, make and a POSIX shell; everything else comes from the package registries.
# Everything that is installed is in .venv and js/node_modules; each step leaves a stamp, so the next run is quick.

PYTHON ?= python3
PORT ?= 8888
NO_BROWSER ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet
NPM := tests/tools/npm $(VENV)

FRONT := js/package.json js/package-lock.json js/tsconfig.json $(shell find js/src -type f 2>/dev/null)
INSTALL := pyproject.toml js/hatch_build.py $(FRONT)
NODE_MODULES := js/node_modules/.package-lock.json
SETUP := $(VENV)/stamp.test $(VENV)/stamp.ipykernel6 $(VENV)/stamp.chromium

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
PYTEST = NBSTREAM_CHROMIUM="$$(cat $(VENV)/stamp.chromium)" $(BIN)/python -m pytest
TWO := -n 2 --dist loadfile
BROWSER = $(PYTEST) -m browser $(TWO)
TITLE = @printf '\n== %s\n'
# JupyterLab asks the network for news and updates unless told not to.
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings
QUIET_LAB = @mkdir -p $(LAB_SETTINGS) && printf '%s\n' '{"@jupyterlab/apputils-extension:notification": \
  {"fetchNews": "false", "checkForUpdates": false}}' > $(LAB_SETTINGS)/overrides.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test setup lint types js unit kernel browser pytest test-faults test-servers fuzz bench bench-quick bench-profile bench-peers picture pictures format build clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14
	@echo 'Variables: PYTHON=python3.12  PORT=8888 (or the next free one)  NO_BROWSER=1'

demo: $(VENV)/stamp.demo ## open examples/quickstart.ipynb in JupyterLab
	$(TITLE) 'JupyterLab: its URL comes below; Ctrl-C twice ends it'
	@JUPYTER_PREFER_ENV_PATH=1 exec $(BIN)/python -m jupyterlab --port=$(PORT) --log-level=ERROR \
	  --LabApp.default_url=/lab/tree/examples/quickstart.ipynb $(if $(NO_BROWSER),--no-browser) \
	  $$(test "$$(id -u)" != 0 || echo --allow-root)

test: setup lint types js pytest ## set up, then all linters, type checks and tests
	$(TITLE) 'all passed'

setup: $(SETUP) ## everything the tests need

lint: setup ## ruff
	$(TITLE) 'ruff'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## mypy
	$(TITLE) 'mypy'
	@$(BIN)/mypy

js: setup ## biome, tsc, vitest
	$(TITLE) 'biome'
	@$(NPM) run --silent lint
	$(TITLE) 'tsc'
	@$(NPM) run --silent typecheck
	$(TITLE) 'vitest'
	@$(NPM) run --silent test

unit: setup ## the fast Python tests
	@$(PYTEST) -m 'not kernel and not browser and not servers' $(TWO)

kernel: setup ## the tests that run a Jupyter kernel
	@$(PYTEST) -m kernel

browser: setup ## the tests that drive JupyterLab in Chromium, two files at once
	@$(BROWSER)

pytest: setup
	$(TITLE) 'pytest: unit and kernel'
	@$(PYTEST) -m 'not browser and not servers' $(TWO)
	$(TITLE) 'pytest: browser'  # on its own: Playwright leaves an event loop running in the main thread
	@$(BROWSER)

test-faults: setup ## tests/faults at full length: 100 kills, 20 stops in each fault, 200 streams, 10,000 attempts
	@NBSTREAM_FULL=1 NBSTREAM_KILLS=100 $(PYTEST) tests/faults

FUZZ ?= 5000
fuzz: setup ## the fuzz tests at length: FUZZ=5000 examples of each (some 5 minutes)
	$(TITLE) 'pytest: framing, decoders, what is printed'
	@NBSTREAM_FUZZ=$(FUZZ) $(PYTEST) --timeout 0 tests/unit/test_*_property.py tests/unit/test_visible.py
	$(TITLE) 'vitest: Markdown'
	@NBSTREAM_FUZZ=$(FUZZ)0 $(NPM) run --silent test -- test/markdown.fuzz.test.ts

test-servers: $(VENV)/stamp.test $(VENV)/stamp.servers ## Stop at a server nobody here wrote (1.2 GB; not in `test`)
	$(TITLE) 'pytest: transformers serve'
	@$(BIN)/python -m pytest -m servers --timeout 300 tests/servers

BENCH = @NBSTREAM_CHROMIUM="$$(cat $(VENV)/stamp.chromium)" PYTHONPATH=.:tests $(BIN)/python -m bench
REPETITION = $(if $(ONLY),,@$(BIN)/python tests/bench/repetition.py)
bench: setup bench-peers ## measure everything beside the newest peers, which it installs afresh (45 minutes; ONLY=group; PUBLISH=1 for RESULTS.md)
	$(TITLE) 'bench: leave the machine alone meanwhile'
	$(BENCH) $(if $(ONLY),--only $(ONLY)) $(if $(PUBLISH),--publish)
	$(REPETITION)

bench-quick: setup $(VENV)/stamp.bench ## the same, much shorter: ratios to compare from run to run
	$(BENCH) --quick $(if $(ONLY),--only $(ONLY))
	$(REPETITION)

bench-profile: setup $(VENV)/stamp.bench ## where the time of a chunk goes
	$(BENCH) --profile

bench-peers: | $(VENV)/stamp.test ## install the benchmark's peers afresh, in $(VENV)/bench
	@rm -f $(VENV)/stamp.bench
	@$(MAKE) --no-print-directory $(VENV)/stamp.bench

pictures: picture ## look at the widget: every state, light and dark, three widths, in build/pictures
	@NBSTREAM_CHROMIUM="$$(cat $(VENV)/stamp.chromium)" $(BIN)/python tests/browser/gallery.py

picture: setup ## make the README's picture anew
	@NBSTREAM_CHROMIUM="$$(cat $(VENV)/stamp.chromium)" $(BIN)/python tests/browser/pictures.py

format: setup ## let ruff and biome rewrite the sources
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(NPM) run --silent lint -- --write

build: setup ## wheel and sdist, in dist/
	@$(BIN)/python -m build

clean: ## remove all that is built or installed
	rm -rf $(VENV) js/node_modules nbstream/static dist build .pytest_cache .mypy_cache .ruff_cache test-results
	find nbstream tests examples js -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/stamp.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo >&2 \
	  'nbstream needs Python 3.11 or newer as "$(PYTHON)"; name another: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo >&2 \
	  '"$(PYTHON)" cannot make a venv; on Debian and Ubuntu: apt install python3-venv'; exit 1; }
	$(TITLE) 'making $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/stamp.demo: $(INSTALL) | $(VENV)/stamp.venv
	$(TITLE) 'installing nbstream and JupyterLab'
	@$(PIP) install --editable '.[lab]'
	$(QUIET_LAB)
	@touch $@

$(VENV)/stamp.test: $(INSTALL) $(NODE_MODULES) | $(VENV)/stamp.venv
	$(TITLE) 'installing nbstream and what its tests need'
	@$(PIP) install --editable '.[test,lab]'
	$(QUIET_LAB)
	@touch $@ $(VENV)/stamp.demo

# A second, older kernel: `python` with PYTHONPATH=.venv/ipykernel6. The last two it needs beyond the venv's.
$(VENV)/stamp.ipykernel6: tests/tools/check_kernel.py | $(VENV)/stamp.test
	$(TITLE) 'installing ipykernel 6 beside ipykernel 7'
	@rm -rf $(VENV)/ipykernel6
	@$(PIP) install --target $(VENV)/ipykernel6 --no-deps 'ipykernel<7' nest-asyncio psutil
	@$(BIN)/python tests/tools/check_kernel.py $(VENV)/ipykernel6
	@touch $@

$(VENV)/stamp.servers: tests/servers/requirements.txt | $(VENV)/stamp.venv
	$(TITLE) 'installing transformers and torch in $(VENV)/servers'
	@$(PYTHON) -m venv --clear $(VENV)/servers
	@$(VENV)/servers/bin/python -m pip --quiet --quiet install --requirement $<
	@touch $@

$(VENV)/stamp.bench: tests/bench/peers.py | $(VENV)/stamp.test
	$(TITLE) 'installing the peers of the benchmark'
	@PYTHONPATH=.:tests $(BIN)/python -m bench.peers
	@touch $@

# The stamp holds the path of the browser.
$(VENV)/stamp.chromium: tests/tools/chromium.py | $(VENV)/stamp.test
	$(TITLE) 'looking for a Chromium'
	@$(BIN)/python tests/tools/chromium.py > $@
	@cat $@

$(NODE_MODULES): js/package.json js/package-lock.json | $(VENV)/stamp.venv
	$(TITLE) 'installing npm packages'
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
