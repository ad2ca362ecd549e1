#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every test, in stages, which stand in two lanes side by side: `make test` calls it with the make to use. A stage says
# one line when it ends; the first that fails shows its output and ends the run. All output is kept in build/log/.
set -eu
make=$1
jobs=$(nproc)
mkdir -p build/log
# pytest's cache is one file for all lanes, and nobody asks it.
export PYTEST_ADDOPTS='-p no:cacheprovider'

# stage NAME WHAT COMMAND...
stage() {
    log=build/log/$1.log
    what=$2
    shift 2
    t0=$(date +%s)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '%-52s ok %4d s  %s\n' "$what" "$(($(date +%s) - t0))" "$(summary "$log")"
    else
        printf '%-52s FAILED after %d s: %s\n\n%s\n\nthe whole output: %s\n' "$what" "$(($(date +%s) - t0))" "$*" \
            "$(tail -n 400 "$log")" "$log"
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

# --- the lanes ---------------------------------------------------------------------------------

# At first what all else needs. The compilers keep every processor busy by themselves, the network does not.
tools() {
    stage tools "python tools, prometheus, pages of mlflow 2" mk build/venv build/tools build/ui
}

builds() {
    stage build-release "build, release" mk MODE=release build
    stage build-asan "build, address and undefined sanitizers" mk MODE=asan build
    stage unit-asan "unit tests, address and undefined sanitizers" mk MODE=asan unit
    stage fuzz-replay "seeds of the fuzz targets, sanitizers" mk MODE=asan replay
}

# Then, side by side: clients in Python, one call after the other, which keep about one processor busy;
clients() {
    stage client-asan "real mlflow client, sanitizers" client_sanitized
    stage client "real mlflow client, release" mk MODE=release client
    stage parity "parity with the real mlflow server, one seed" mk MODE=release parity SEEDS=1
    stage api "API cases, release" mk MODE=release api
    stage ui "files of the pages, release" mk MODE=release ui
    stage pages "MLflow's pages in a browser, release" mk MODE=release pages
    stage upkeep "backup, restore and check" mk MODE=release upkeep
}

# and whatever looks at the clock or keeps all processors busy: no two of these meet.
pressure() {
    stage abuse "hostile and broken clients, release" mk MODE=release abuse
    stage fault "faults, release" mk MODE=release fault
    stage torture "kill -9 under load, 30 cycles, release" mk MODE=release torture CYCLES=30
    stage powercut "power cuts, 20, release" mk MODE=release powercut CYCLES=20
    stage failing "failing calls to the disk, 24 of them, release" mk MODE=release failing SAMPLE=24
    stage tsan "what runs in threads, thread sanitizer" mk tsan
    stage watch "1000 watchers, two kills, release" mk MODE=release watch
    stage operations "metrics, log and deploy, release" mk MODE=release operations
    stage bench-check "the bench, a little of it" mk MODE=release bench-check
}

# --- running them ------------------------------------------------------------------------------

# `scripts/test.sh MAKE LANE` is one lane; it tells the run above it when it fails.
if [ $# -eq 2 ]; then
    trap 'exit 130' INT
    trap 'code=$?; [ "$code" -eq 0 ] || kill -s USR1 "$PPID"' EXIT
    "$2"
    exit
fi

# beside LANE...: all at once; on one processor one after the other. Each is a process group of its own, and gets
# Ctrl-C through `end`; a shell starts what is in the background deaf to it, which env undoes.
lanes=
beside() {
    for lane in "$@"; do
        setsid env --default-signal=INT "$0" "$make" "$lane" &
        lanes="$lanes $!"
        [ "$jobs" -gt 1 ] || finish
    done
    finish
}

finish() {
    for lane in $lanes; do
        wait "$lane" || end
    done
    lanes=
}

# What a stage has started it ends itself, as after a Ctrl-C; a second Ctrl-C does not wait for that.
end() {
    trap '' USR1
    trap - INT TERM HUP
    for lane in $lanes; do
        kill -s INT -- "-$lane" 2>/dev/null || true
    done
    wait
    exit 1
}
trap end INT TERM HUP USR1

begin=$(date +%s)
beside tools builds
beside clients pressure
echo "all green in $(($(date +%s) - begin)) s"
