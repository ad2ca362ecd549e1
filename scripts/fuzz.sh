#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libFuzzer on every target, for MINUTES in all, as many at a time as there are processors; `make fuzz` calls it.
#
#   scripts/fuzz.sh MINUTES REPLAY ENGINE [TARGET...]
#
# What it learns stays in build/fuzz/corpus, so that the next run goes on from there. An input that breaks a target is
# kept in build/fuzz/found, shown as text, and makes the run fail: put it into tests/fuzz/seeds, beside its mend.
set -eu

# fuzz_one TARGET SECONDS: one target, for so long.
fuzz_one() {
    place=build/fuzz
    mkdir -p "$place/corpus/$1" "$place/seeds/$1"
    "$FUZZ_REPLAY" --unpack "$1" "$place/seeds/$1"
    [ "$1" != http ] || python3 tests/fuzz/from_cases.py "$place/seeds/$1"
    "$FUZZ_REPLAY" --words "$1" | sort -u >"$place/words/$1"
    words=
    [ ! -s "$place/words/$1" ] || words=-dict=$place/words/$1 # an empty dictionary is an error to libFuzzer
    ln -sf "$FUZZ_ENGINE" "$place/bin/$1"
    # The server's threads live on between two inputs, and what they hold at such a moment is no leak. What is left
    # when the server has ended is looked at in any case.
    leaks=1
    [ "$1" != http ] || leaks=0
    # And it has so many features that weighing its inputs by them takes as long as trying them.
    entropic=1
    [ "$1" != http ] || entropic=0
    # shellcheck disable=SC2086 # no words, no argument
    "$place/bin/$1" -max_total_time="$2" -max_len=8192 -timeout=30 -rss_limit_mb=4096 -use_value_profile=1 \
        -detect_leaks="$leaks" -entropic="$entropic" $words -artifact_prefix="$place/found/$1-" -print_final_stats=1 \
        "$place/corpus/$1" "$place/seeds/$1" >"$place/log/$1" 2>&1 || true
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$place/log/$1")
    [ -n "$tried" ] || { echo "$1: did not run"; tail -n 5 "$place/log/$1"; return 1; }
    echo "$1: $2 s, $tried inputs, $(find "$place/corpus/$1" -type f | wc -l) kept"
}

if [ "$1" = --one ]; then
    fuzz_one "$2" "$3"
    exit
fi

minutes=$1
FUZZ_REPLAY=$PWD/$2
FUZZ_ENGINE=$PWD/$3
shift 3
# shellcheck disable=SC2046 # a list of words
[ $# -gt 0 ] || set -- $("$FUZZ_REPLAY" --targets)
jobs=$(nproc)
TMPDIR=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT
export FUZZ_REPLAY FUZZ_ENGINE TMPDIR
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1
mkdir -p build/fuzz/found build/fuzz/log build/fuzz/words build/fuzz/bin
rm -f build/fuzz/found/*

# The whole server has as much of the time as the others together: most of the code is behind it.
others=$(($# > 1 ? $# - 1 : 1))
red=0
for target in "$@"; do
    share=1
    [ "$target" != http ] || share=$others
    echo "$target" $((minutes * 60 * jobs * share / (2 * others)))
done | sort -k 2 -n -r | xargs -P "$jobs" -L 1 "$0" --one || red=1

for found in build/fuzz/found/*; do
    [ -e "$found" ] || break
    red=1
    target=$(basename "$found")
    target=${target%%-*}
    printf '\n=== found by %s: %s\n' "$target" "$found"
    "$FUZZ_REPLAY" --show "$found"
    grep -a -E 'does not hold|ERROR: |runtime error|SUMMARY' "build/fuzz/log/$target" || true
done
[ $red = 1 ] || echo "fuzz: nothing found"
exit $red
