# Everything starts here: each target first makes what it needs. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
CHAPTERS ?= $(sort $(wildcard chapters/*.ipynb))

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
INDEX := _build/html/index.html
PDF := _build/pdf/dales-law.pdf
BUILT := _build/.built

# What somebody has set up for all their work stays out of the book: no settings of Python, Jupyter, Matplotlib
# or git are handed on, and each has a configuration folder of this environment's own. So has pip, but for where
# it finds packages.
OUTSIDE := PYTHON% IPYTHON% JUPYTER% MPL% MATPLOTLIB% GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE FORCE_COLOR PY_COLORS
OUTSIDE += PIP_TARGET PIP_PREFIX PIP_ROOT PIP_NO_DEPS PIP_DRY_RUN
KEPT := PYTHON PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
unexport $(filter-out $(KEPT),$(filter $(OUTSIDE),$(.VARIABLES)))
export IPYTHONDIR := $(CURDIR)/$(VENV)/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/$(VENV)/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/$(VENV)/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/$(VENV)/jupyter/runtime
export JUPYTER_PREFER_ENV_PATH := 1
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/matplotlib
export PYTHONNOUSERSITE := 1
export PYTHONUTF8 := 1
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Small matrices gain nothing from a second thread, and on a busy machine two wait for each other.
OMP_NUM_THREADS ?= 1
OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS OPENBLAS_NUM_THREADS

# An environment knows its own path: one that was moved or copied with its folder is made again.
MADE_IN := $(shell cat $(READY) 2>/dev/null)
ifneq "$(MADE_IN)" ""
ifneq "$(MADE_IN)" "$(CURDIR)"
.PHONY: $(READY)
CLEAR := --clear
endif
endif

.PHONY: help book anew pdf printed test test-full serve lab lab-ready notebooks generated links release lint format lite lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("make: expected Python 3.11 or newer, got %d.%d; name one with make PYTHON=..." % v[:2])'
	@echo "Installing the pinned requirements into $(VENV) (once; a few minutes)"
	@"$(PYTHON)" -m venv $(CLEAR) $(VENV)
	@$(BIN)/python -m pip install -qq -r requirements.txt
	@$(BIN)/python -m pip install -qq --no-deps --editable .
	@mkdir -p "$$IPYTHONDIR/profile_default"
	@echo 'c.IPKernelApp.log_level = 40' > "$$IPYTHONDIR/profile_default/ipython_kernel_config.py"
	@$(BIN)/python -m tools.installed
	@pwd -P > $@

book: $(READY) ## execute every chapter and build _build/html
	@$(BIN)/python -m tools.book_cache fresh || $(MAKE) anew
	@echo "The book is built: $(INDEX)"

anew: $(READY)
	@$(BIN)/python -m tools.notebooks $(CHAPTERS)
	@$(BIN)/python -m tools.book_cache check
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m tools.execute_ahead $(CHAPTERS)
	$(PAGES)

# What is read and executed is written, and checked.
define PAGES
@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/jupyter-book build . -n -W --keep-going
@$(BIN)/python -m tools.check_html _build/html
@$(BIN)/python -m tools.book_cache done
endef

pdf: book ## print the whole book to _build/pdf, and link it from the first page (needs Node.js, Chromium)
	@$(MAKE) printed

# Of a book that is built; its first page is written again, since it links the PDF.
printed: $(READY)
	@test -f $(BUILT) || $(MAKE) book
	@$(BIN)/python -m tools.browser install
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/jupyter-book build . --builder custom --custom-builder singlehtml -n -W --keep-going
	@$(BIN)/python -m tools.browser print _build/singlehtml/intro.html $(PDF)
	@rm -f $(BUILT)
	$(PAGES)

test: $(READY) ## lint, unit tests, stored outputs of the chapters, the book, its pages in a browser
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m tools.run_checks \
	  browser 'python -m tools.browser install' \
	  lint 'ruff check . && ruff format --check .' \
	  tests 'python -m pytest tests -n auto --dist worksteal' \
	  book '$(MAKE) book' \
	  chapters 'python -m pytest --nbval chapters -p tools.nbval_of_book --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg' \
	  pdf 'python -m tools.browser skip pdf || $(MAKE) printed' \
	  pages 'python -m tools.browser skip pages || python -m tools.browser pages _build/html'
	@echo "All checks passed, and the book is built: $(INDEX)"

test-full: test ## all of that, faults at length, and the environments that people have; long
	@DALESLAW_AT_LENGTH=1 $(BIN)/python -m pytest -q -n auto --dist worksteal tests/archive/test_faults.py tests/test_fuzzing.py \
	  tests/test_invariants.py tests/test_spectra.py tests/archive/test_fuzzing.py tests/tasks/test_fuzzing.py \
	  tests/initialisation/test_populations.py tests/nn/test_like_torch.py
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -q --nbval chapters --nbval-current-env --nbval-cell-timeout 300 \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg
	@DALESLAW_FULL=1 $(BIN)/python -m pytest -q tests/book/test_chapters.py -k "condition or smoke"
	@$(BIN)/python -m tools.environments

serve: $(READY) ## open the built book on localhost (PORT=8000)
	@test -f $(BUILT) || $(MAKE) book
	@$(BIN)/python -m tools.serve $(PORT)

lab: lab-ready ## open the chapters' notebooks, play/, in JupyterLab
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/jupyter lab play

lab-ready: $(READY)
	@$(BIN)/jupyter lab --version > /dev/null 2>&1 || $(BIN)/python -m pip install -qq --editable ".[lab]" --constraint requirements.txt

notebooks: $(READY) ## execute the chapters in place, so that their stored outputs are fresh (CHAPTERS=...)
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m tools.execute_notebooks $(CHAPTERS)
	@$(BIN)/python -m tools.play
	@echo "Stored outputs are fresh: $(words $(CHAPTERS)) notebooks in chapters/"

lint: $(READY) ## check style, notebooks included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY) ## mend style, notebooks included
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generated: $(READY) ## write what is made from others: tables, the cover, the notebooks in play/
	@$(BIN)/python -m tools.generated
	@$(BIN)/python -m tools.play

links: $(READY) ## ask every site that the book links to whether it is still there
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/jupyter-book build . --builder linkcheck --path-output _build/links

release: pdf ## pack what a release carries into _build/release, and the wheel into _build/wheel
	@$(BIN)/python -m tools.release pack _build/release
	@rm -rf _build/wheel build
	@$(BIN)/python -m pip wheel -q --no-deps --wheel-dir _build/wheel .

lite: ## build the chapters that run in the browser, _build/lite (optional; installs JupyterLite)
	@test -d _build/lite-tools || "$(PYTHON)" -m venv _build/lite-tools
	@_build/lite-tools/bin/python -m pip install -qq -r tools/lite.txt
	@_build/lite-tools/bin/python -m tools.lite

lock: ## derive requirements.txt from pyproject.toml again
	@"$(PYTHON)" -m tools.lock

clean: ## remove the built book and the virtual environment
	rm -rf _build $(VENV) *.egg-info .pytest_cache .ruff_cache
