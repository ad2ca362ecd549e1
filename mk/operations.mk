# SPDX-License-Identifier: Apache-2.0
# What an operator sees, before the programs that operators use.

## operations: /metrics, the log and deploy/, before a real Prometheus, systemd's checkers and nginx, against this MODE
operations: $(PROGRAM) build/venv build/tools
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/operations

## build/tools: Prometheus for the tests, out of Debian's package, without installing it
build/tools: build/tools/.unpacked
build/tools/.unpacked: scripts/unpack-tools.sh
	@scripts/unpack-tools.sh build/tools
	@touch $@

.PHONY: operations build/tools
