#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every suite that runs our code against a build that counts its lines, and prints what they ran; `make cov` calls
# it, with the make to use. A process that is killed takes its counts with it: the server's end by a signal that it
# handles is what writes them.
set -eu
make=$1
mode() {
    "$make" --no-print-directory MODE=cov -j"$(nproc)" "$@"
}

mkdir -p build/log
find build/cov -name '*.gcda' -delete 2>/dev/null || true
for suite in unit replay api abuse client ui upkeep fault; do
    printf '%-12s' "$suite"
    if mode "$suite" >"build/log/cov-$suite.log" 2>&1; then
        echo ok
    else
        # Counting makes all slow: a figure that is missed is no reason to show none.
        echo "failed: build/log/cov-$suite.log"
    fi
done
build/venv/bin/python -m tests.support.coverage
