# SPDX-License-Identifier: Apache-2.0
# Runestone. Plain `make` builds build/release/runestone; `make help` lists what else there is.
# Every src/**/*.c is found by itself; a mode has its own folder, so modes never disturb each other.

MODE   ?= release
PREFIX ?= /usr/local
SEEDS  ?= 1
STEPS  ?= 300
CALLS  ?= 100000
CYCLES ?= 30
SAMPLE ?= 0
MOVES  ?= 2000

VERSION := $(file <VERSION)
OUT     := build/$(MODE)
PROGRAM := $(OUT)/runestone
LIB     := $(OUT)/librunestone.a
PYTHON  := build/venv/bin/python

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := build

# --- what to compile ---------------------------------------------------------------------------

find-c    = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
SRC      := $(call find-c,src)
MAIN     := src/server/main.c
GEN      := build/gen/schema.c build/gen/word.c
UNIT_SRC := $(call find-c,tests/unit)
FAULT_SHIMS := $(patsubst tests/fault/shim/%.c,build/fault/%.so,$(call find-c,tests/fault/shim))

obj       = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
LIB_OBJ  := $(call obj,$(filter-out $(MAIN),$(SRC)) $(GEN))
MAIN_OBJ := $(call obj,$(MAIN))
UNIT_OBJ := $(call obj,$(UNIT_SRC))
# A unit test is a program, tests/unit/<room>/test_<noun>.c; the other files there serve all of them.
UNIT_BIN     := $(patsubst %.c,$(OUT)/%,$(foreach f,$(UNIT_SRC),$(if $(filter test_%,$(notdir $f)),$f)))
UNIT_SUPPORT := $(filter-out $(UNIT_BIN:$(OUT)/%=$(OUT)/obj/%.o),$(UNIT_OBJ))

# --- how to compile it -------------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wcast-qual -Wformat=2 -Wvla -Wundef -Werror
LIBRARIES := libmicrohttpd sqlite3 jansson libcrypto libcurl zlib

# Asked once and only where something is compiled: on a fresh machine pkg-config comes with `make run`.
once        = $(eval $(1) := $(2))$($(1))
PKG_CFLAGS  = $(call once,PKG_CFLAGS,$(shell pkg-config --cflags $(LIBRARIES)))
PKG_LIBS    = $(call once,PKG_LIBS,$(shell pkg-config --libs $(LIBRARIES)) -lpthread -lm)
CHECK_LIBS  = $(call once,CHECK_LIBS,$(shell pkg-config --libs check))

# Assertions stay on in every mode: they guard what no input can reach, and cost nothing that shows.
FLAGS_release := -O2 -g -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
LINK_release  := -pie -Wl,-z,relro,-z,now
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan    := -O1 -g -fsanitize=thread
FLAGS_cov     := -O0 -g --coverage
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_cov      := --coverage

ifndef FLAGS_$(MODE)
$(error MODE is one of release, debug, asan, tsan, cov, fuzz; not "$(MODE)")
endif

STD      := -std=c17 -D_GNU_SOURCE -Isrc -Iinclude -DRS_VERSION=\"$(VERSION)\"
COMPILE   = $(CC) $(STD) $(PKG_CFLAGS) $(WARN) -fno-omit-frame-pointer $(FLAGS_$(MODE)) $(CFLAGS)
LINK      = $(CC) $(FLAGS_$(MODE)) $(LINK_$(MODE)) $(LDFLAGS)
# Unit tests see the headers beside them too: "support/store.h".
INCLUDES_tests := -Itests/unit

# --- build -------------------------------------------------------------------------------------

## build: the program of this MODE (release, debug, asan, tsan, cov), at build/MODE/runestone
build: $(PROGRAM)
.PHONY: build

$(PROGRAM): $(MAIN_OBJ) $(LIB)
	@echo "link $@"
	@$(LINK) -o $@ $^ $(PKG_LIBS)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	@ar rcs $@ $^

$(OUT)/obj/tests/%.o: tests/%.c $(OUT)/command
	@mkdir -p $(@D)
	@echo "cc   $<"
	@$(COMPILE) $(INCLUDES_tests) -MMD -MP -c -o $@ $<

$(OUT)/obj/%.o: %.c $(OUT)/command
	@mkdir -p $(@D)
	@echo "cc   $<"
	@$(COMPILE) -MMD -MP -c -o $@ $<

$(OUT)/tests/%: $(OUT)/obj/tests/%.o $(UNIT_SUPPORT) $(LIB)
	@mkdir -p $(@D)
	@$(LINK) -o $@ $^ $(CHECK_LIBS) $(PKG_LIBS)

build/gen/schema.c: schema $(wildcard schema/*.sql) scripts/embed-sql.sh
	@mkdir -p $(@D)
	@scripts/embed-sql.sh $(wildcard schema/*.sql) >$@

# Debian's unicode-data; another system may keep the file elsewhere: make UNICODE_DATA=/its/path
UNICODE_DATA ?= /usr/share/unicode/UnicodeData.txt
build/gen/word.c: $(UNICODE_DATA) scripts/embed-unicode.sh
	@mkdir -p $(@D)
	@scripts/embed-unicode.sh $(UNICODE_DATA) >$@

# Changes when the compiler, a flag or the version does, so that everything is compiled anew then.
$(OUT)/command: FORCE
	@mkdir -p $(@D)
	@pkg-config --exists $(LIBRARIES) || { echo "a library is missing: make deps-build installs it"; exit 1; }
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' >$@
FORCE:
.PHONY: FORCE

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(MAIN_OBJ) $(UNIT_OBJ))

# --- run and test ------------------------------------------------------------------------------

# Where `make run UI=1` has MLflow's pages from: the tools of the tests, where they are installed, or mlflow alone.
UI_VENV := $(if $(wildcard build/venv/.installed),build/venv,build/ui-venv)

## run: install what is missing, build, and serve on 127.0.0.1:5000 from ./runestone-data (UI=1 adds MLflow's pages)
run: deps-build $(if $(UI),$(UI_VENV)/.installed)
	@$(MAKE) --no-print-directory MODE=$(MODE) build
	@$(if $(UI),echo "MLflow UI served by Runestone: http://127.0.0.1:5000/")
	@$(if $(UI),PYTHON=$(UI_VENV)/bin/python) exec $(PROGRAM) server --host 127.0.0.1 --port 5000 \
	    --data ./runestone-data $(if $(UI),--ui auto)

build/ui-venv/.installed: scripts/ui-requirements.txt
	@$(MAKE) --no-print-directory deps-ui
	@echo "venv build/ui-venv: installing $<"
	@scripts/install-venv.sh build/ui-venv $<
	@touch $@

## test: install what is missing, build, and run every test
test: deps-test
	+@scripts/test.sh $(MAKE)

## unit: the unit tests of this MODE
unit: $(UNIT_BIN)
	@scripts/run-unit.sh $(UNIT_BIN)

## client: the tests with the real mlflow client, against this MODE
client: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/client

## api: the API cases of tests/api, against this MODE
api: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/api

## abuse: hostile and broken clients over plain sockets, against this MODE
abuse: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/abuse

## mutations: right calls, bent at random; none may be a failure or do harm (CALLS=100000, SEED=1)
mutations: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) RUNESTONE_CALLS=$(CALLS) RUNESTONE_SEED=$(or $(SEED),1) \
	    $(PYTHON) -m pytest -q tests/abuse/test_mutations.py

## watch: a thousand watchers of events, a server that is killed twice, against this MODE (MOVES=2000)
watch: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) RUNESTONE_MOVES=$(MOVES) $(PYTHON) -m pytest -q tests/watch

## upkeep: the tests of backup, restore and check, against this MODE
upkeep: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/upkeep

## parity: the real mlflow server beside ours, the same calls to both (SEEDS=20, STEPS=300)
parity: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.parity --seeds $(SEEDS) --steps $(STEPS)

## fault: damage, locks, signals, clocks that jump, against this MODE; and what proves the checker
fault: $(PROGRAM) $(FAULT_SHIMS) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/fault

## torture: kill -9 under load, restart, check what must be there (CYCLES=30, SEED=a new one)
torture: $(PROGRAM) $(FAULT_SHIMS) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.fault --cycles $(CYCLES) $(if $(SEED),--seed $(SEED))

## powercut: cut the power at random points of what was written, start on what is left, check (CYCLES=30, SEED=a new one)
powercut: $(PROGRAM) $(FAULT_SHIMS) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.fault.powercut --cycles $(CYCLES) $(if $(SEED),--seed $(SEED))

## failing: each call of the server to its disk fails once, or from then on (SAMPLE=24: some of them; all take half an hour; FROM=1000: those behind; TMPDIR: where the data is)
failing: $(PROGRAM) $(FAULT_SHIMS) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m tests.fault.failing --sample $(SAMPLE) $(if $(FROM),--from $(FROM)) $(if $(SEED),--seed $(SEED))

# What is preloaded into a server under test: see tests/fault/README.md.
build/fault/%.so: tests/fault/shim/%.c
	@mkdir -p $(@D)
	@echo "shim $@"
	@$(CC) $(STD) $(WARN) -O2 -g -shared -fPIC -o $@ $<

include mk/bench.mk

## build/venv: the Python tools of the tests, pinned in tests/requirements.txt
build/venv: build/venv/.installed
build/venv/.installed: tests/requirements.txt
	@echo "venv build/venv: installing tests/requirements.txt"
	@scripts/install-venv.sh build/venv $<
	@touch $@

.PHONY: run test unit client api abuse mutations watch upkeep parity fault torture powercut failing build/venv

## deps-build: install the Debian packages that the build needs, if any is missing
deps-build:
	@CC='$(CC)' scripts/install-deps.sh build

## deps-test: and those that the tests, the lint and the bench need
deps-test:
	@CC='$(CC)' scripts/install-deps.sh build test

# What `make run UI=1` needs beside.
deps-ui:
	@CC='$(CC)' scripts/install-deps.sh ui

.PHONY: deps-build deps-test deps-ui

include mk/fuzz.mk
include mk/watch.mk
include mk/ui.mk

# --- keep it clean -----------------------------------------------------------------------------

include mk/lint.mk
include mk/operations.mk

# --- documentation -----------------------------------------------------------------------------

## docs: write docs/config.md and docs/api.md anew, from the tables that they describe
docs: $(PROGRAM)
	@for what in config api; do $(PROGRAM) docs $$what >docs/$$what.md; done
.PHONY: docs

# --- install -----------------------------------------------------------------------------------

## install: the program, stripped, under DESTDIR and PREFIX (/usr/local)
install: $(PROGRAM)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/runestone

## clean: remove all that was built, but not the Python tools
clean:
	@find build -mindepth 1 -maxdepth 1 ! -name 'venv*' -exec rm -rf {} + 2>/dev/null || true

## help: this list
help:
	@awk -F': ' '/^## /{printf "  make %-12s %s\n", substr($$1, 4), $$2}' Makefile mk/*.mk

.PHONY: install clean help
