#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the unit test programs named as arguments, one on each processor at a time. Shows what failed, and a sum.
set -eu

# A busy machine is no failure: Check's four seconds are for a program that runs alone.
export CK_DEFAULT_TIMEOUT="${CK_DEFAULT_TIMEOUT:-60}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1}"

[ $# -gt 0 ] || { echo "unit: no test program was found" >&2; exit 1; }

# What each program said and its exit code are in $said/N, N being its place among the arguments.
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
n=0
for program in "$@"; do
    n=$((n + 1))
    printf '%s\n%s\n' "$n" "$program"
done | xargs -P "$(nproc)" -n 2 sh -c '"$2" >"$0/$1" 2>&1 && code=0 || code=$?; echo "$code" >"$0/$1.code"' "$said"

n=0
failed=0
checks=0
for program in "$@"; do
    n=$((n + 1))
    code=$(cat "$said/$n.code" 2>/dev/null || echo "none: it was not run")
    if [ "$code" = 0 ]; then
        ran=$(sed -n 's/^.*Checks: \([0-9]*\),.*$/\1/p' "$said/$n" | awk '{n += $1} END {print n + 0}')
        checks=$((checks + ran))
        [ "$ran" -gt 0 ] || { echo "FAIL $program: it ran no check"; failed=$((failed + 1)); }
    else
        echo "FAIL $program (exit code $code)"
        sed 's/^/    /' "$said/$n"
        failed=$((failed + 1))
    fi
done
echo "unit: $# programs, $checks checks, $failed programs failed"
[ "$failed" -eq 0 ]
