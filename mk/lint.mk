# SPDX-License-Identifier: Apache-2.0
# Style, layers and static analysis. What needs a compiler is done file by file and remembered in build/lint.

LINT_C   := $(SRC) $(UNIT_SRC) $(call find-c,tests/bench tests/fuzz) $(call find-c,tests/fault)
LINT_H    = $(sort $(shell find src include tests/unit tests/bench tests/fuzz -name '*.h' 2>/dev/null))
LINT_OK   = $(patsubst %,build/lint/%.ok,$(LINT_C) $(LINT_H))
LINT_FLAGS = $(STD) $(PKG_CFLAGS) $(INCLUDES_tests) $(WARN)

## lint: layers, sizes, banned calls, format, both compilers, clang-tidy, cppcheck
lint: deps-test
	@tests/lint/run.sh
	@clang-format --dry-run -Werror $(LINT_C) $(LINT_H)
	@$(MAKE) --no-print-directory -k -j$$(nproc) lint-files
	@$(MAKE) --no-print-directory lint-docs
	@echo "lint: green"

lint-files: $(LINT_OK)

# What is written from tables says what the tables say.
lint-docs: $(PROGRAM)
	@for what in config api; do $(PROGRAM) docs $$what | cmp -s - docs/$$what.md || \
	    { echo "docs/$$what.md is not what the tables say: make docs"; exit 1; }; done

# One file, looked at by everything that reads C. A header is a program of its own here: it must compile alone.
build/lint/%.ok: % .clang-tidy scripts/lint-file.sh tests/lint/analyzer.h
	@scripts/lint-file.sh $< $@ $(LINT_FLAGS)

-include $(LINT_OK:=.d)

## format: let clang-format rewrite the C files
format: deps-test
	@clang-format -i $(LINT_C) $(LINT_H)

.PHONY: lint lint-files lint-docs format
