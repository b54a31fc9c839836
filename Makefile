# Each target works alone on a fresh clone: it makes .venv, installs what it needs, fetches the base weights
# (about 100 MB, cached outside the checkout) and runs.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -q -c constraints.txt

# glibc gives every large tensor back to the system and takes it again, page by page: keep them instead.
TRAIN_ENV := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=500000000

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
	$(TRAIN_ENV) $(BIN)/accelerate launch --config_file tenacious_bench/configs/accelerate-cpu.yaml \
		-m tenacious_bench.training --config tenacious_bench/configs/smollm2-135m.yaml

data: .venv/.judge
	$(BIN)/tenacious-bench build

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
	$(PIP) -e ".[train,author,ray,test]"
	touch $@ .venv/.train .venv/.judge
