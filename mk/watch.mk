# SPDX-License-Identifier: Apache-2.0
# Who watches while tests run: the thread sanitizer, and gcov for what no test runs.

## tsan: what runs in several threads, under the thread sanitizer: unit tests, and the server under load
tsan: build/venv
	+@scripts/tsan.sh $(MAKE)

## cov: which lines of src the suites run: a table by room, and the lines that none runs in build/cov/missed.txt
cov: build/venv
	+@scripts/cov.sh $(MAKE)

.PHONY: tsan cov
