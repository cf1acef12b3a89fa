# All commands of the book; `make` alone lists them. They need GNU make and Python 3.11 or newer.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.SHELLFLAGS := -euc

PYTHON ?= python3
HUELAB_PROFILE ?= quick
SOLUTIONS ?= 1
WORKERS ?= 2
LAB ?=

PY := .venv/bin/python

ifeq ($(filter $(HUELAB_PROFILE),quick reduced full),)
$(error HUELAB_PROFILE is "$(HUELAB_PROFILE)"; it must be quick, reduced or full)
endif

export HUELAB_PROFILE
# The kernel named python3 is the one in .venv, even if the user has other kernels.
export JUPYTER_PREFER_ENV_PATH := 1
unexport JUPYTER_PATH
# These silence advice on path changes and on debugging frozen modules.
export JUPYTER_PLATFORM_DIRS := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Threads that wait should sleep. PyTorch's threads spin by default, and a chapter then takes several
# times as long if other work runs on the same cores.
export OMP_WAIT_POLICY ?= PASSIVE
# A backend chosen for a terminal would keep figures out of the notebooks.
unexport MPLBACKEND

.PHONY: help
help: ## list the commands
	@echo "usage: make [command] [HUELAB_PROFILE=quick|reduced|full] [SOLUTIONS=0] [PYTHON=python3]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------- the environment

# This file holds the folder of the environment. If the folder was moved or copied, the environment
# is installed again.
ifneq ($(shell cat .venv/.ready 2>/dev/null),$(CURDIR))
.venv/.ready: FORCE
endif

.venv/.ready: requirements.txt requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "HueLab needs Python 3.11 or newer. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian and Ubuntu:"; \
	  echo "  sudo apt install python3-venv"; exit 1; }
	@echo "Installing into .venv; the first time this takes minutes and some gigabytes."
	@rm -f $@
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$(CURDIR)" > $@

# ---------------------------------------------------------------- the book

# book/build.py decides what is stale and builds it again.
.PHONY: book
book: .venv/.ready ## execute the chapters, build the site (SOLUTIONS=0: without solutions)
	@$(PY) book/build.py book $(if $(filter 0,$(SOLUTIONS)),--without-solutions)

.PHONY: notebooks
notebooks: .venv/.ready ## store the chapters' outputs in notebooks/*.ipynb (do this before a commit)
	@$(PY) book/build.py notebooks

.PHONY: student
student: .venv/.ready ## write the edition for students: notebooks with empty answers, library, site; no solutions
	@$(PY) book/build.py edition --without-solutions

.PHONY: instructor
instructor: .venv/.ready ## write the edition for instructors, with the solutions
	@$(PY) book/build.py edition

.PHONY: slides
slides: .venv/.ready ## add slides of each chapter to the site (reveal.js, no network)
	@$(PY) book/build.py slides

# It is for a room without a network; the page on the course says how to install from it.
.PHONY: wheelhouse
wheelhouse: .venv/.ready ## download all packages into _build/wheelhouse, to install without a network
	@rm -rf _build/wheelhouse
	@$(PY) -m pip download --quiet --only-binary :all: --require-hashes \
	  --dest _build/wheelhouse -r requirements.lock

.PHONY: pdf
pdf: .venv/.ready ## print the whole book as one PDF (needs Chromium)
	@$(PY) book/build.py pdf

.PHONY: lab
lab: .venv/.ready ## open the chapters in JupyterLab (LAB="--no-browser --ip=..." on a server)
	@$(PY) -m nbformat.sign $(wildcard notebooks/*.ipynb) > /dev/null 2>&1  # so that sliders work at once
	@$(PY) -m jupyterlab --ServerApp.root_dir="$(CURDIR)" \
	  --FileContentsManager.preferred_dir=notebooks \
	  --LabApp.default_url=/lab/tree/notebooks/00_first_color.ipynb $(LAB)

# ---------------------------------------------------------------- the checks

# The stored outputs are those of the quick profile, so the checks use it too. All tests run in
# WORKERS processes with one thread each: with two threads each they would wait for each other.
.PHONY: test
test: export HUELAB_PROFILE := quick
test: export OMP_NUM_THREADS := 1
test: .venv/.ready ## run all tests and the examples of the library, and every chapter again
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadfile --doctest-modules tests src
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadfile \
	  --nbval-lax --nbval-current-env --nbval-cell-timeout 300 \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks

.PHONY: lint
lint: .venv/.ready ## check the style and the types of the code
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check src tests book
	@$(PY) -m mypy

.PHONY: audit
audit: .venv/.ready ## break networks, losses and data, and check that the tests of claims fail (minutes)
	@$(PY) tests/audit.py

.PHONY: links
links: .venv/.ready ## check the links of the book to other hosts (needs a network)
	@$(PY) book/build.py links

# ---------------------------------------------------------------- cleaning

.PHONY: clean
clean: ## remove what was built, keep .venv
	rm -rf _build .mypy_cache .pytest_cache .ruff_cache

.PHONY: distclean
distclean: clean ## remove .venv too
	rm -rf .venv

FORCE:
