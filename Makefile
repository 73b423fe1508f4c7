# Every command of the project. On a machine that has Python 3.11-3.14 and make, `make reproduce` and `make test` are all
# it takes: the virtual environment .venv is made on first use, from exact versions, and again when they change.

PYTHON ?= python3
OUT    ?= results
JOBS   ?= 2

BIN   := .venv/bin
READY := .venv/.ready-dev
LINE  := .venv/line

.DEFAULT_GOAL := help
.PHONY: help reproduce figures test quick lint types bench docs site site-links lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

reproduce: $(READY)  ## Reproduce the findings, quickly, into results/ (OUT=folder for another place)
	$(BIN)/vmarch reproduce --out $(OUT)

figures: $(READY)  ## Reproduce the findings with every figure at full precision, into results/
	$(BIN)/vmarch reproduce --full --out $(OUT)

test: $(READY)  ## Run all tests, the slow ones too (JOBS=2 processes)
	$(BIN)/python -m pytest -n $(JOBS) --durations=5

quick: $(READY)  ## Run the fast tests only
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

lint: $(READY)  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## Check types
	$(BIN)/mypy

bench: $(READY)  ## Measure the engines' speed, beside other simulators (installs those)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt --group bench
	test -d $(LINE) || $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --target $(LINE) line-solver==3.0.8.0
	$(BIN)/python -m benchmarks

docs: $(READY)  ## Write the generated pages of docs/ anew
	$(BIN)/python -m experiments.page.documents
	$(BIN)/python -m experiments.validation
	$(BIN)/python -m experiments.closed_loop.page

site: $(READY)  ## Build the site into build/site/html, without a network (from OUT, where there are results)
	test -f $(OUT)/index.html || $(BIN)/vmarch reproduce --out $(OUT)
	$(BIN)/python -m experiments.site build/site $(OUT)

site-links: site  ## Ask the site's links to other sites, which needs a network
	$(BIN)/python -m sphinx -q -b linkcheck build/site/pages build/site/links

lock: $(READY)  ## Resolve constraints.txt anew (with the oldest supported Python; UPGRADE=1 for the newest versions)
	@$(BIN)/python -c 'import sys; v = sys.version_info; v[:2] == (3, 11) or sys.exit("make lock: .venv must be of Python 3.11, the oldest supported: what runs there runs on the later ones too")'
	$(BIN)/python -m pip install -q -c constraints.txt --group lock
	$(BIN)/python -c 'import tomllib; t = tomllib.load(open("pyproject.toml", "rb")); print("pip", *t["build-system"]["requires"], *sum(t["dependency-groups"].values(), []), sep="\n")' > .venv/groups.in
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --allow-unsafe --strip-extras --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade) --output-file constraints.txt pyproject.toml .venv/groups.in

clean:  ## Remove .venv, caches and build leftovers; results/ stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# All of .venv in one rule. Where it is complete already, pip asks no index, so a touched pyproject.toml needs no network.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 15) or sys.exit("vmarch needs Python 3.11 to 3.14, and %s is %d.%d; name another: make PYTHON=python3.11 ..." % (sys.executable, *v))'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt pip setuptools
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt --no-build-isolation -e . --group test --group lint --group docs
	$(BIN)/python -m simcore.engines.compiled
	@touch $@
