# Everything runs from .venv, which `make install` makes from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: install run test check lint bench quality golden backends lock clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@echo "installing the pinned dependencies into .venv: a minute or two"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

run: install
	$(BIN)/routewire up

test: install
	$(BIN)/python -m pytest -n $(WORKERS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: install
	$(BIN)/routewire bench

quality: install
	$(BIN)/python -m ops.bench.quality

golden: install
	ROUTEWIRE_TEST_GOLDEN=write $(BIN)/python -m pytest -q tests/test_flow.py

backends: install
	ops/deploy/services run $(BIN)/python -m pytest -n $(WORKERS) -m "services or browser"

lock: install
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --custom-compile-command "make lock" -o requirements.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
