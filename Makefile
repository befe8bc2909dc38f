# Two commands do all the set-up: `make demo` and `make test`. They need Python 3.11 or later, and nothing else.
#   make demo PYTHON=python3.12          another interpreter
#   make demo TORCH_BACKEND=cpu          the small CPU-only torch (or cu126, rocm6.4 ...: what uv's --torch-backend takes)
#   make demo PORT=8600 ARGS=--headless  another port; no browser window

PYTHON ?= python3
TORCH_BACKEND ?=
WORKSPACE ?= workspace
PORT ?= 8501
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(TORCH_BACKEND)$(subst /,-,$(CURDIR))
UV_VERSION := 0.13.9

.PHONY: demo test lint app clean benchmark-browse benchmark-synthesis benchmark-mining benchmark-experiment benchmark-observers benchmark-results

demo: $(STAMP)
	@$(BIN)/python -m core.cli --workspace "$(WORKSPACE)" demo --port $(PORT) $(ARGS)

app: $(STAMP)
	@$(BIN)/python -m core.cli --workspace "$(WORKSPACE)" app --port $(PORT) $(ARGS)

test: lint
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Against lucent, for which kornia and IPython go into a folder of their own; ARGS="steps --rounds 1" runs a part (benchmarks/README.md)
benchmark-synthesis: $(STAMP)
	@test -d benchmarks/build/kornia || $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --target benchmarks/build --no-deps kornia==0.4.1
	@test -d benchmarks/build/IPython || $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --target benchmarks/build ipython
	$(BIN)/python benchmarks/synthesis/compare.py $(or $(ARGS),all)

# Against the bare forward pass, the obvious script and zennit-crp (in a folder of its own); ARGS="overhead --rounds 1" runs a part
benchmark-mining: $(STAMP)
	@test -d benchmarks/build/crp/crp || { $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --target benchmarks/build/crp --no-deps zennit-crp==0.6.0 zennit==0.4.6 && $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --target benchmarks/build/crp matplotlib; }
	$(BIN)/python benchmarks/mining/compare.py $(or $(ARGS),all)

# Reaction times, load, a whole session; needs Chromium and a workspace with a study; ARGS="load --clients 10" runs a part
benchmark-experiment: $(STAMP)
	$(BIN)/python benchmarks/experiment/compare.py $(or $(ARGS),all) --workspace "$(WORKSPACE)"

# Every unit's tasks once images are embedded, against cosine by cosine; needs a workspace in which `exemplary observe` has run
benchmark-observers: $(STAMP)
	$(BIN)/python benchmarks/observers/compare.py --workspace "$(WORKSPACE)" $(ARGS)

# Results of 1,000,000 answers, cold and after one more, against one record a row; ARGS="live" runs a part
benchmark-results: $(STAMP)
	$(BIN)/python benchmarks/results/compare.py $(or $(ARGS),all)

# The wall of units in headless Chromium: first tiles, filter change, page turn; needs a workspace with a study
benchmark-browse: $(STAMP)
	$(BIN)/python benchmarks/browse/compare.py --workspace "$(WORKSPACE)" $(ARGS)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Exemplary needs Python 3.11 or later; this is " + sys.version.split()[0] + ": name another with PYTHON=")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt $(if $(TORCH_BACKEND),--torch-backend=$(TORCH_BACKEND)) --editable '.[dev]'
	@rm -f $(VENV)/.installed-*
	@touch $@

clean:
	rm -rf $(VENV) build benchmarks/build *.egg-info
