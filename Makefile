# Two commands matter: `make run` and `make test`. Both make .venv from the lock files; nothing else is needed but Python.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# the locks are written by this version, so that two people write the same file
UV := uv==0.13.9

.PHONY: run test lint bench corpora docs-check screenshots lock
.DELETE_ON_ERROR:

run: .venv/installed
	$(BIN)/warmline demo --port $(PORT)

test: .venv/installed-test
	$(BIN)/python .ci/steps.py

lint: .venv/installed-test
	$(BIN)/python .ci/steps.py style format types architecture

docs-check: .venv/installed-test
	$(BIN)/python .ci/steps.py docs

bench: .venv/installed-test
	$(BIN)/python -m bench

# what others wrote and labelled, where the corpora are (WARMLINE_CORPORA): cases, right, wrong, slowest, memory, bars
corpora: .venv/installed-test
	$(BIN)/python -m bench.corpora

# every page in both themes, into var/screenshots; the README's picture is one of them
screenshots: .venv/installed-test
	$(BIN)/python .ci/screenshots.py

# a stamp file is as old as the last install, so packages are installed again only when a lock changed
.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	@$(call install,requirements.lock)

.venv/installed-test: requirements-test.lock pyproject.toml | .venv/bin/python
	@$(call install,requirements-test.lock)
	@touch .venv/installed # the test lock holds the other one whole, which a test checks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Warmline needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

define install
echo "Installing what $(1) names ..." && $(PIP) install --require-hashes -r $(1) && $(PIP) install --no-deps -e . && touch $@
endef

LOCK := .venv-lock/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml

lock:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip --quiet install $(UV)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --output-file requirements-test.lock --extra test --constraint requirements.lock
	rm -rf .venv-lock
