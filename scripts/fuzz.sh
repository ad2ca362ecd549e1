#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libFuzzer on every target, MINUTES in all, as many at a time as there are processors; `make fuzz` calls it.
#
#   scripts/fuzz.sh MINUTES REPLAY ENGINE [TARGET...]
#
# What it learns stays in build/fuzz/corpus, so that the next run goes on from there. An input that breaks a target
# is kept in build/fuzz/found, shown as text, and makes the run fail: put it into tests/fuzz/seeds with its mend.
set -eu
minutes=$1
replay=$PWD/$2
engine=$PWD/$3
shift 3
[ $# -gt 0 ] || set -- $("$replay" --targets)

memory=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$memory"' EXIT
jobs=$(nproc)
# The whole server gets half of the time: most of the code is behind it.
shares=0
for target in "$@"; do
    [ "$target" = http ] && shares=$((shares + 8)) || shares=$((shares + 1))
done
mkdir -p build/fuzz/found build/fuzz/log build/fuzz/words build/fuzz/bin

run_target() {
    target=$1
    share=1
    [ "$target" = http ] && share=8
    seconds=$((minutes * 60 * jobs * share / shares))
    corpus=build/fuzz/corpus/$target
    mkdir -p "$corpus" "build/fuzz/seeds/$target"
    "$replay" --unpack "$target" "build/fuzz/seeds/$target"
    "$replay" --words "$target" | sort -u >"build/fuzz/words/$target"
    ln -sf "$engine" "build/fuzz/bin/$target"
    rm -f "build/fuzz/found/$target"-*
    TMPDIR=$memory ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
        "build/fuzz/bin/$target" -max_total_time="$seconds" -max_len=8192 -timeout=30 -rss_limit_mb=4096 \
        -dict="build/fuzz/words/$target" -artifact_prefix="build/fuzz/found/$target-" -print_final_stats=1 \
        -use_value_profile=1 "$corpus" "build/fuzz/seeds/$target" >"build/fuzz/log/$target" 2>&1 || true
    echo "$target: ${seconds} s, $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/log/$target") inputs," \
        "$(find "$corpus" -type f | wc -l) kept"
}

# $jobs at a time, the longest first.
running=0
for target in http "$@"; do
    case " $* " in *" $target "*) ;; *) continue ;; esac
    [ "$target" != http ] || [ -z "${did_http:-}" ] || continue
    [ "$target" != http ] || did_http=1
    run_target "$target" &
    running=$((running + 1))
    if [ "$running" -ge "$jobs" ] && [ "$target" != http ]; then
        wait $!
    fi
done
wait

red=0
for found in build/fuzz/found/*; do
    [ -e "$found" ] || continue
    red=1
    target=$(basename "$found")
    echo
    echo "=== found by ${target%%-*}: $found"
    "$replay" --show "$found"
    grep -E 'does not hold|ERROR: |runtime error|SUMMARY' "build/fuzz/log/${target%%-*}" || true
done
[ "$red" -eq 0 ] && echo "fuzz: nothing found" || exit 1
