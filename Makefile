# Everything one does with the book; `make` alone lists it. Needs GNU make and Python 3.11 or newer.

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
CHAPTERS := $(wildcard notebooks/*.py)
EXECUTED := $(CHAPTERS:notebooks/%.py=_build/notebooks/%.ipynb)
SITE := _build/html$(if $(filter 0,$(SOLUTIONS)),-without-solutions)

ifeq ($(filter $(HUELAB_PROFILE),quick reduced full),)
$(error HUELAB_PROFILE is "$(HUELAB_PROFILE)"; it must be quick, reduced or full)
endif

export HUELAB_PROFILE
# The kernel named python3 is the one in .venv, whatever kernels the user has.
export JUPYTER_PREFER_ENV_PATH := 1
unexport JUPYTER_PATH
# Quiet: no advice on path changes or on debugging frozen modules.
export JUPYTER_PLATFORM_DIRS := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Threads that wait should sleep: PyTorch's spin, and where other work runs on the same cores a
# chapter then takes several times as long.
export OMP_WAIT_POLICY ?= PASSIVE
# A backend chosen for a terminal would keep figures out of the notebooks.
unexport MPLBACKEND

.PHONY: help
help: ## list the commands
	@echo "usage: make [command] [HUELAB_PROFILE=quick|reduced|full] [SOLUTIONS=0] [PYTHON=python3]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------- the environment

# Holds the folder it was made for: an environment in a moved or copied folder is made to point here.
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
	@$(PY) -m pip install --quiet -r requirements.txt -c requirements.lock
	@$(PY) -m pip install --quiet --no-deps --editable .
	@printf '%s\n' "$(CURDIR)" > $@

# ---------------------------------------------------------------- the book

# Two lists of checksums. They are rewritten only when they differ, so a changed, new or deleted
# file counts and a merely touched one does not.
keep = @if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# what the chapters' outputs depend on besides their own text
_build/inputs: FORCE
	@mkdir -p _build
	@{ echo "profile $(HUELAB_PROFILE)"; find src/huelab book/results book/claims.csv book/build.py \
	  requirements.txt requirements.lock pyproject.toml -type f ! -name '*.pyc' \
	  -exec cksum {} + 2>/dev/null || :; } | LC_ALL=C sort > $@.new
	$(keep)

# what the site depends on besides the executed chapters
_build/pages: FORCE
	@mkdir -p _build
	@{ echo "$(CHAPTERS)"; find book tests _config.yml _toc.yml -type f ! -name '*.pyc' -exec cksum {} +; } \
	  | LC_ALL=C sort > $@.new
	$(keep)

_build/notebooks/%.ipynb: notebooks/%.py _build/inputs | .venv/.ready
	@$(PY) book/build.py run $< $@

$(SITE)/index.html: $(EXECUTED) _build/pages | .venv/.ready
	@$(PY) book/build.py site $(SITE) $(EXECUTED) $(if $(filter 0,$(SOLUTIONS)),--without-solutions)
	@touch $@

.PHONY: book
book: $(SITE)/index.html ## execute the chapters, build the site (SOLUTIONS=0: without solutions)
	@echo "The book is ready. Open $(CURDIR)/$(SITE)/index.html"

.PHONY: notebooks
notebooks: $(EXECUTED) ## store the chapters' outputs in notebooks/*.ipynb (do this before a commit)
	@test $(HUELAB_PROFILE) = quick || { echo "Stored outputs are those of the quick profile."; exit 1; }
	@for f in $(EXECUTED); do cmp -s "$$f" "notebooks/$${f##*/}" || cp "$$f" notebooks/; done

.PHONY: lab
lab: .venv/.ready ## open the chapters in JupyterLab (LAB="--no-browser --ip=..." on a server)
	@$(PY) -m nbformat.sign $(wildcard notebooks/*.ipynb) > /dev/null 2>&1  # so that sliders work at once
	@$(PY) -m jupyterlab --ServerApp.root_dir="$(CURDIR)" \
	  --FileContentsManager.preferred_dir=notebooks $(LAB)

# ---------------------------------------------------------------- the checks

# The stored outputs are those of the quick profile, so the checks use it too. Chapters run beside
# each other, on one thread each: two processes with two threads each would wait for each other.
.PHONY: test
test: export HUELAB_PROFILE := quick
test: .venv/.ready ## run all tests, and every chapter again
	@$(PY) -m pytest -q tests
	@OMP_NUM_THREADS=1 $(PY) -m pytest -q -n $(WORKERS) --dist loadfile \
	  --nbval-lax --nbval-current-env --nbval-cell-timeout 300 \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks

.PHONY: lint
lint: .venv/.ready ## check the style of the code
	@$(PY) -m ruff check .

# ---------------------------------------------------------------- cleaning

.PHONY: clean
clean: ## remove what was built, keep .venv
	rm -rf _build .pytest_cache .ruff_cache

.PHONY: distclean
distclean: clean ## remove .venv too
	rm -rf .venv

FORCE:
