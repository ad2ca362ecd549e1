#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every test, stage by stage: `make test` calls it with the make to use. A stage says one line; the first that
# fails shows its output and ends the run. All output is kept in build/log/.
set -eu
make=$1
jobs=$(nproc)
begin=$(date +%s)
mkdir -p build/log

# stage NAME WHAT COMMAND...
stage() {
    log=build/log/$1.log
    printf '%-52s' "$2"
    shift 2
    t0=$(date +%s)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf ' ok %4d s  %s\n' "$(($(date +%s) - t0))" "$(summary "$log")"
    else
        printf ' FAILED after %d s: %s\n\n' "$(($(date +%s) - t0))" "$*"
        tail -n 400 "$log"
        printf '\nthe whole output: %s\n' "$log"
        exit 1
    fi
}

# The last line of a stage is its own summary where it looks like one.
summary() {
    tail -n 1 "$1" | grep -E 'passed|programs|parity|fuzz:' | cut -c 1-80 || true
}

mk() {
    "$make" --no-print-directory -j"$jobs" "$@"
}

# What a sanitizer says of the server counts even where no test looked at the server's end.
client_sanitized() {
    rm -f build/log/sanitizer.*
    ASAN_OPTIONS=detect_leaks=1:log_path=$PWD/build/log/sanitizer \
        UBSAN_OPTIONS=print_stacktrace=1:log_path=$PWD/build/log/sanitizer \
        mk MODE=asan client || return 1
    for report in build/log/sanitizer.*; do
        [ ! -e "$report" ] || { cat "$report"; return 1; }
    done
}

stage build-release "build, release" mk MODE=release build
stage unit-asan "unit tests, address and undefined sanitizers" mk MODE=asan unit
stage fuzz-replay "seeds of the fuzz targets, sanitizers" mk MODE=asan replay
stage venv "python tools" mk build/venv
stage api "API cases, release" mk MODE=release api
stage abuse "hostile and broken clients, release" mk MODE=release abuse
stage operations "metrics, log and deploy, release" mk MODE=release operations
stage client "real mlflow client, release" mk MODE=release client
stage tsan "what runs in threads, thread sanitizer" mk tsan
stage fault "faults, release" mk MODE=release fault
stage torture "kill -9 under load, 30 cycles, release" mk MODE=release torture CYCLES=30
stage powercut "power cuts, 20, release" mk MODE=release powercut CYCLES=20
stage failing "failing calls to the disk, 24 of them, release" mk MODE=release failing SAMPLE=24
stage watch "1000 watchers, two kills, release" mk MODE=release watch
stage upkeep "backup, restore and check" mk MODE=release upkeep
stage parity "parity with the real mlflow server, one seed" mk MODE=release parity SEEDS=1
stage bench-check "the bench, a little of it" mk MODE=release bench-check
stage build-asan "build, address and undefined sanitizers" mk MODE=asan build
stage client-asan "real mlflow client, sanitizers" client_sanitized
echo "all green in $(($(date +%s) - begin)) s"
