# SPDX-License-Identifier: Apache-2.0
# Figures of this machine: tests/bench/README.md.

BENCH ?= --publish docs

## bench: figures of this machine, beside floors and peers of the same run, into docs/benchmarks.md (BENCH=--quick)
bench: deps-test $(PROGRAM) build/venv build/venv-bench
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.bench $(BENCH)

## bench-check: that the bench works, at small scale and without its peers
bench-check: $(PROGRAM) build/venv
	@$(PYTHON) -m pytest -q -p no:cacheprovider --import-mode=importlib tests/bench
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.bench --tiny --without FastTrackML --without MLflow \
	    --only log-batch --only syncs --only registry --only ui

# Without this peer the bench has its lines without figures. Only its program is wanted, not what the wheel depends on.
build/venv-bench: build/venv-bench/.installed
build/venv-bench/.installed: tests/bench/requirements.txt
	@python3 -m venv build/venv-bench
	@build/venv-bench/bin/python -m pip install -q --disable-pip-version-check --no-deps -r $< && touch $@ || \
	    echo "build/venv-bench: could not install tests/bench/requirements.txt; going on without"

.PHONY: bench bench-check build/venv-bench
