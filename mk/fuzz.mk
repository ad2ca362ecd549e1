# SPDX-License-Identifier: Apache-2.0
# Fuzzing: one program that replays the seeds, in any MODE, and one with clang's libFuzzer (tests/fuzz/README.md).

MINUTES ?= 10

FUZZ_SRC  := $(call find-c,tests/fuzz)
FUZZ_MAIN := tests/fuzz/replay.c tests/fuzz/engine.c
FUZZ_OBJ  := $(call obj,$(filter-out $(FUZZ_MAIN),$(FUZZ_SRC)))
REPLAY    := $(OUT)/tests/fuzz/replay
ENGINE    := $(OUT)/tests/fuzz/engine

# libmicrohttpd is played by tests/fuzz/fake_http.c.
FUZZ_LIBS  = $(filter-out -lmicrohttpd,$(PKG_LIBS))
# What tests/fuzz/undo.c and still_ids.c look into.
FUZZ_LINK := -Wl,--wrap=rs_commit_batch,--wrap=rs_store_begin_read,--wrap=rs_fs_new_id

$(REPLAY): $(call obj,tests/fuzz/replay.c) $(FUZZ_OBJ) $(LIB)
	@mkdir -p $(@D)
	@$(LINK) $(FUZZ_LINK) -o $@ $^ $(FUZZ_LIBS)

$(ENGINE): $(call obj,tests/fuzz/engine.c) $(FUZZ_OBJ) $(LIB)
	@mkdir -p $(@D)
	@$(LINK) $(FUZZ_LINK) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)

-include $(patsubst %.c,$(OUT)/obj/%.d,$(FUZZ_SRC))

## replay: every seed of the fuzz targets and simple variants of it, in this MODE
replay: $(REPLAY)
	@$(REPLAY)

fuzz-replay: $(REPLAY)
fuzz-engine: $(ENGINE)

## fuzz: libFuzzer on every target in turn, for MINUTES=10 in all
fuzz: deps-fuzz
	@$(MAKE) --no-print-directory MODE=asan fuzz-replay
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-engine
	@scripts/fuzz.sh $(MINUTES) build/asan/tests/fuzz/replay build/fuzz/tests/fuzz/engine

deps-fuzz:
	@CC='$(CC)' scripts/install-deps.sh build fuzz

.PHONY: replay fuzz fuzz-replay fuzz-engine deps-fuzz
