# Each target installs what it needs by itself, into .venv, on a machine with Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin

.PHONY: install up down demo tour test test-long bench bench-long check format lock clean

install: $(VENV)/installed

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Homeward needs Python 3.11 or newer; $(PYTHON) is not. Name another with PYTHON=…" >&2; exit 2; }
	@echo "Installing into $(VENV) (some minutes, once) …"
	@$(PYTHON) -m venv $(VENV)
	@# The lock is whole; were it resolved again, an older pip would look past it for extras.
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: install
	@$(RUN)/homeward up

down: install
	@$(RUN)/homeward down

demo: install
	@$(RUN)/python -m deployments.drill.demo

tour: install
	@$(RUN)/python -m deployments.drill.tour

test: install
	$(RUN)/pytest -n 2 --dist loadfile -m "not long"

test-long: install
	$(RUN)/pytest -n 2 --dist loadfile

bench: install
	@$(RUN)/python -m tests.benchmarks

bench-long: install
	@$(RUN)/python -m tests.benchmarks --long

check: install
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports

format: install
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

lock: install
	$(RUN)/python -m pip install --quiet uv
	$(RUN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) out
