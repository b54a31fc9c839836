# Each target works alone on a fresh clone: it makes .venv, installs what it needs, fetches the base weights
# (about 100 MB, cached outside the checkout) and runs.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -q -c constraints.txt

.PHONY: bench test train data clean

bench: .venv/.judge
	$(BIN)/tenacious-bench fetch
	$(BIN)/tenacious-bench bench

test: .venv/.test
	$(BIN)/tenacious-bench fetch
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2

train: .venv/.train
	$(BIN)/tenacious-bench fetch
	$(BIN)/python -m tenacious_bench.training --config tenacious_bench/configs/smollm2-135m.yaml

data: .venv/.judge
	$(BIN)/python -m tenacious_bench.publish dataset_card

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.judge: setup.cfg pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e ".[judge]"
	touch $@

.venv/.train: setup.cfg pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e ".[train]"
	touch $@ .venv/.judge

.venv/.test: setup.cfg pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e ".[train,test]"
	touch $@ .venv/.train .venv/.judge
