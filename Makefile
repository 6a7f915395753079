# Two commands matter: `make demo` shows the library at work, `make test` proves it. Each works alone in a fresh clone
# with nothing but make and Python 3.11 or newer: the first call builds .venv, later calls find it ready (TOOL-1).
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first of these that runs is used; name another one with `make PYTHON=/path/to/python test`.
PYTHON ?= python3.13 python3.12 python3.11 python3 python
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input install --constraint constraints.txt
# A few words for pytest: `make test ARGS="-k calendar"`.
ARGS ?=
# The tests share the cores; `make test WORKERS=0` runs them one after the other in a single process, without xdist.
# A file stays in one process: the examples of a document go on from each other.
WORKERS ?= auto
SPREAD := --numprocesses $(WORKERS) --maxprocesses 8 --dist loadfile

.PHONY: help demo test slow thorough coverage check lint types layers docs reference rules bench clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*  ## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	    printf '  make %-10s %s\n' "$$name" "$$what"; done

# The build backend is installed first and from constraints.txt like all the rest: no build uses an unpinned one.
$(READY): pyproject.toml constraints.txt
	@python=; for candidate in $(PYTHON); do \
	    if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "No Python >= 3.11 that can make virtual environments runs here; tried: $(PYTHON)." >&2; \
	    echo "Install one (on Debian: python3 and python3-venv) or name it: make PYTHON=/path/to/python test" >&2; \
	    exit 1; \
	fi; \
	echo "Building $(VENV) with $$("$$python" --version): about half a minute, only this once ..."; \
	"$$python" -m venv $(VENV) && $(PIP) hatchling editables && $(PIP) --no-build-isolation --editable '.[dev]' || exit 1; \
	touch $(READY)

demo: $(READY)  ## the main job, on a documented surge and on real extracts
	@echo "== A documented surge, minute by minute (examples/surge_1410.py)"
	@$(BIN)/python examples/surge_1410.py
	@echo "== A real day of a call centre (examples/watch_call_queue.py)"
	@$(BIN)/python examples/watch_call_queue.py
	@echo "== Documented promises over a Spring Festival (examples/sla_catalogue.py)"
	@$(BIN)/python examples/sla_catalogue.py
	@echo "== A fault round the closed loop (examples/closed_loop.py)"
	@$(BIN)/python examples/closed_loop.py
	@echo "== A workflow of one's own, with a mistake (examples/design_a_workflow.py)"
	@$(BIN)/python examples/design_a_workflow.py
	@echo "== An hour of calls on two lines, and who is missing (examples/two_line_desk.py)"
	@$(BIN)/python examples/two_line_desk.py
	@echo "== A real incident log, replayed (examples/replay_incident_log.py)"
	@$(BIN)/python examples/replay_incident_log.py

test: $(READY)  ## every law, scenario and document example, without the slow ones
	HYPOTHESIS_PROFILE=ci $(BIN)/pytest $(SPREAD) -m "not slow and not crash" $(ARGS)

slow: $(READY)  ## the full public data sets, and the tests that kill processes
	HYPOTHESIS_PROFILE=ci $(BIN)/pytest $(SPREAD) -m "slow or crash" $(ARGS)

thorough: $(READY)  ## every test there is, random and many examples: by hand or by night
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest $(SPREAD) $(ARGS)

# Which branches run does not need many examples: `make test` has those. In one process: coverage finds workers only by
# measuring every child a test starts too, and a measured child has loaded what `import servicedesk` must not load.
coverage: $(READY)  ## branch coverage of src; fails below the bound in pyproject.toml
	HYPOTHESIS_PROFILE=cover $(BIN)/coverage run -m pytest -q -m "not slow and not crash" $(ARGS)
	$(BIN)/coverage report

check: lint types layers docs  ## the four below, one after the other

lint: $(READY)  ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## types, strictly
	$(BIN)/mypy

layers: $(READY)  ## who may import whom
	$(BIN)/lint-imports

docs: $(READY)  ## the examples of README, docs and docstrings, and the pages that are written
	$(BIN)/pytest -q README.md CONTRIBUTING.md docs src
	$(BIN)/python docs/make_reference.py --check
	$(BIN)/python docs/make_loops.py --check

reference: $(READY)  ## write docs/reference.md anew from the docstrings, docs/loops.md from the library
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_loops.py

rules: $(READY)  ## which rules of the specifications the tests cite
	@$(BIN)/python tests/tooling/rules.py $(ARGS)

bench: $(READY)  ## figures and ratios against peers, one script after the other
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

clean:  ## remove what make built, nothing else
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find src tests examples benchmarks docs conftest.py -name __pycache__ -prune -exec rm -rf {} +
	rm -rf __pycache__
