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

# The notebooks run on this environment's own kernel, whatever the user has set up elsewhere.
export JUPYTER_PREFER_ENV_PATH := 1
export IPYTHONDIR := $(CURDIR)/$(VENV)/ipython
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Small matrices gain nothing from a second thread, and on a busy machine two wait for each other.
OMP_NUM_THREADS ?= 1
OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS OPENBLAS_NUM_THREADS
unexport PYTHONPATH PYTHONHOME MPLBACKEND JUPYTER_PATH

.PHONY: help book pdf test serve notebooks generated lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("make: expected Python 3.11 or newer, got %d.%d; name one with make PYTHON=..." % v[:2])'
	@echo "Installing the pinned requirements into $(VENV) (once; a few minutes)"
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq -r requirements.txt
	@$(BIN)/python -m pip install -qq --no-deps --editable .
	@mkdir -p $(IPYTHONDIR)/profile_default
	@echo 'c.IPKernelApp.log_level = 40' > $(IPYTHONDIR)/profile_default/ipython_kernel_config.py
	@touch $@

book: $(READY) ## execute every chapter and build _build/html
	@$(BIN)/python -m tools.book_cache check
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter-book build . -n -W --keep-going
	@$(BIN)/python -m tools.check_html _build/html
	@$(BIN)/python -m tools.book_cache done
	@echo "The book is built: $(INDEX)"

pdf: book ## print the whole book to _build/pdf, and link it from the first page (needs Node.js, Chromium)
	@$(BIN)/python -m tools.browser install
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter-book build . --builder custom --custom-builder singlehtml -n -W --keep-going
	@$(BIN)/python -m tools.browser print _build/singlehtml/intro.html $(PDF)
	@$(MAKE) book

test: $(READY) ## lint, unit tests, stored outputs of the chapters, the book, its pages in a browser
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.run_checks \
	  browser 'python -m tools.browser install' \
	  lint 'ruff check . && ruff format --check .' \
	  tests 'python -m pytest tests' \
	  chapters 'python -m pytest --nbval chapters --nbval-current-env --nbval-cell-timeout 300 --nbval-sanitize-with tests/nbval_sanitize.cfg' \
	  book '$(MAKE) book' \
	  pdf 'python -m tools.browser skip pdf || $(MAKE) pdf' \
	  pages 'python -m tools.browser skip pages || python -m tools.browser pages _build/html'
	@echo "All checks passed, and the book is built: $(INDEX)"

serve: $(READY) ## open the built book on localhost (PORT=8000)
	@test -f _build/.built || $(MAKE) book
	@echo "The book is at http://localhost:$(PORT)/ (Ctrl-C stops)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html 2>/dev/null

notebooks: $(READY) ## execute the chapters in place, so that their stored outputs are fresh (CHAPTERS=...)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.execute_notebooks $(CHAPTERS)
	@echo "Stored outputs are fresh: $(words $(CHAPTERS)) notebooks in chapters/"

lint: $(READY) ## check style, notebooks included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY) ## mend style, notebooks included
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generated: $(READY) ## write the tables and the cover that come from the archive
	@$(BIN)/python -m tools.generated

lite: ## build the chapters that run in the browser, _build/lite (optional; installs JupyterLite)
	@test -d _build/lite-tools || "$(PYTHON)" -m venv _build/lite-tools
	@_build/lite-tools/bin/python -m pip install -qq -r tools/lite.txt
	@_build/lite-tools/bin/python -m tools.lite

lock: ## derive requirements.txt from pyproject.toml again
	@"$(PYTHON)" -m tools.lock

clean: ## remove the built book and the virtual environment
	rm -rf _build $(VENV) *.egg-info .pytest_cache .ruff_cache
