# ecgprune. `make run` and `make test` set everything up and do everything; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
BIN    := $(VENV)/bin
# The command line sets these, and the environment does not: it must not change what is made.
BOARD  := mps2_an386
# DATA=folder-with-MIT-BIH turns the main job from the synthetic database to the real one.
DATA   :=
NOISE  :=
QUICK  :=
CONFIG := $(if $(DATA),mitdb,default)
OUT    := runs/$(CONFIG)
JOBS   := 2
# Of the tests, one more than there are cores: one of them often waits for a board or a server.
TESTERS := 3
# Scripts of a venv in a folder with blanks have no valid first line, so modules are run instead.
RUN    := $(BIN)/python -m
RUFF   := ruff check ecgprune tests tools
export PYTHON
# Images of CI set it, and then every process compiles what it imports anew: TensorFlow loads in 19 s instead of 7.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint docs firmware results reproduce bench models calibrate fuzz fuzz-ecg setup tools lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(READY) tools ## the whole job into runs/default (DATA=folder: on MIT-BIH; CONFIG=name-or-file, OUT=folder)
	@$(RUN) ecgprune run "$(CONFIG)" $(if $(DATA),--data "$(DATA)") --out "$(OUT)" \
	    $(if $(filter file,$(origin OUT)),--update)  # an older version's run in the same place goes on with the new preset

test: $(READY) ## every check and every test
	@.ci/tools cc arm qemu llvm chromium cppcheck clang cmake ninja ssh-keygen
	@CI= .ci/tools ccache  # makes the tests faster; nothing is left out without it
	@$(RUN) $(RUFF)
	@$(RUN) pytest -n $(TESTERS) --dist loadgroup

lint: $(READY) ## ruff and mypy
	@$(RUN) $(RUFF)
	@$(RUN) mypy

docs: $(READY) ## the manual into build/site, strict
	@mkdir -p build && NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict 2> build/docs.log || { cat build/docs.log >&2; exit 1; }
	@echo "build/site/index.html (with search: $(BIN)/mkdocs serve)"

firmware: tools ## build the shipped reference model for BOARD and run it there; needs no Python package
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u GNUMAKEFLAGS $(MAKE) --no-print-directory -C firmware BOARD=$(BOARD) run

results: $(READY) tools ## redo results/ and the shipped models (DATA=MIT-BIH; MIXED=folder with mitdb/ and svdb/: config mixed too)
	@for config in mitdb mitdb-small mitdb-time mitdb-acharya mitdb-inter; do \
	    $(RUN) ecgprune run $$config --data "$(or $(DATA),$(error make results needs DATA=folder-with-MIT-BIH))" \
	        --out runs/$$config && mkdir -p results/$$config && \
	    cp runs/$$config/report.json runs/$$config/config.toml results/$$config/ || exit; \
	done
	@$(RUN) ecgprune release runs/mitdb --out firmware/models/reference
	@$(RUN) ecgprune release runs/mitdb-small --out firmware/models/small
	@for seed in $(if $(MIXED),1 2 3); do \
	    [ $$seed = 1 ] && end= || end=-$$seed; \
	    $(RUN) ecgprune run mixed --data "$(MIXED)" --seed $$seed --out runs/mixed$$end && \
	    cp runs/mixed$$end/report.json results/mixed/report$$end.json || exit; \
	done
	@$(BIN)/python tools/shipped_results.py
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync --window-size=1040,1560 --screenshot=results/mitdb/report.png \
	    "file://$(CURDIR)/runs/mitdb/report.html" 2> /dev/null

reproduce: $(READY) tools ## the pruning study on MIT-BIH, resumable (DATA=, NOISE=folder of NSTDB; QUICK=1: 20 minutes)
	@$(RUN) ecgprune reproduce $(if $(DATA),--data "$(DATA)") $(if $(NOISE),--noise "$(NOISE)") $(if $(QUICK),--quick)
	@$(if $(QUICK),:,$(BIN)/python tools/docs_tables.py)

bench: $(READY) tools ## measure models A and B: results/bench.json and the tables of the manual (CORE=, MODEL=: only these)
	@$(BIN)/python tools/bench_results.py $(addprefix --core ,$(CORE)) $(addprefix --model ,$(MODEL))

models: $(READY) tools ## measure MLPerf Tiny's networks (FROM=folder of their files; BOARD=, MODEL=: these; TFLM_LIB: TFLM too)
	@$(BIN)/python tools/bench_models.py "$(FROM)" $(addprefix --board ,$(BOARD)) $(addprefix --model ,$(MODEL))

calibrate: $(READY) tools ## fit the cost model to counts on every core (KERNEL=ecgp_add_s8: of one kernel)
	@$(BIN)/python tools/calibrate.py $(addprefix --kernel ,$(KERNEL))

fuzz: $(READY) ## 24 000 corrupted models: none may hang, crash, or give other bytes than TFLM (MUTANTS=, SEED=, MINUTES=)
	@.ci/tools cc
	@$(BIN)/python tools/fuzz.py --seed $(or $(SEED),1) --mutants $(or $(MUTANTS),24000) --minutes $(or $(MINUTES),120) \
	    --jobs $(JOBS) $(if $(JSON),--json "$(JSON)")

fuzz-ecg: $(READY) ## random signals through the live ECG's C with sanitizers, against Python (MINUTES=, SEED=, JSON=)
	@.ci/tools cc
	@$(BIN)/python tools/fuzz_ecg.py --seed $(or $(SEED),1) --minutes $(or $(MINUTES),60) $(if $(JSON),--json "$(JSON)")

setup: $(READY) tools ## set up only

tools:
	@.ci/tools cc arm qemu llvm

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --upgrade \
            --quiet --custom-compile-command "make lock"

lock: $(READY) ## write requirements.lock anew from pyproject.toml, and .ci/pip.lock
	@$(RUN) pip install --quiet uv
	@$(RUN) $(LOCK) pyproject.toml --all-extras --output-file requirements.lock
	@echo pip | $(RUN) $(LOCK) - --output-file .ci/pip.lock

clean: ## remove what was built; keeps .venv and runs
	@$(MAKE) --no-print-directory -C firmware clean
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	    "found Python %d.%d; ecgprune needs 3.11 to 3.13 (TensorFlow has no other builds): make PYTHON=python3.12 ..." % v)'
	@.ci/tools venv
	@echo "Setting up $(VENV) (once, some minutes)"
	@$(PYTHON) -m venv $(VENV)
	@# Python 3.11 comes with a pip that takes longer, and does it as well where there is no other.
	@$(RUN) pip install --quiet --no-compile --require-hashes -r .ci/pip.lock || true
	@# Without compiling: most of TensorFlow is never imported, and what is compiles itself the first time.
	@$(RUN) pip install --quiet --no-compile --require-hashes -r requirements.lock
	@# setuptools takes the folders of firmware/, which are data, for packages that were forgotten.
	@PYTHONWARNINGS=ignore $(RUN) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
