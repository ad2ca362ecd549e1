#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the unit test programs named as arguments, one after the other. Shows what failed, and a sum.
set -eu

# A busy machine is no failure: Check's four seconds are for a program that runs alone.
export CK_DEFAULT_TIMEOUT="${CK_DEFAULT_TIMEOUT:-60}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1}"

[ $# -gt 0 ] || { echo "unit: no test program was found" >&2; exit 1; }

out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0
checks=0
for program in "$@"; do
    if "$program" >"$out" 2>&1; then
        ran=$(sed -n 's/^.*Checks: \([0-9]*\),.*$/\1/p' "$out" | awk '{n += $1} END {print n + 0}')
        checks=$((checks + ran))
        [ "$ran" -gt 0 ] || { echo "FAIL $program: it ran no check"; failed=$((failed + 1)); }
    else
        echo "FAIL $program (exit code $?)"
        sed 's/^/    /' "$out"
        failed=$((failed + 1))
    fi
done
echo "unit: $# programs, $checks checks, $failed programs failed"
[ "$failed" -eq 0 ]
