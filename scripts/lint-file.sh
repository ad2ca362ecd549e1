#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One C file or header before both compilers, clang-tidy and cppcheck; leaves a stamp when it is clean.
#   scripts/lint-file.sh FILE STAMP COMPILER-FLAGS...
set -eu
file=$1
stamp=$2
shift 2
mkdir -p "$(dirname "$stamp")"
echo "lint $file"

case $file in
*.h)
    # A header must stand alone. What it leaves unused is for others to use.
    set -- "$@" -x c -Wno-unused-function -Wno-unused-const-variable
    clang "$@" -Wno-pragma-once-outside-header -fsyntax-only -MMD -MP -MF "$stamp.d" -MT "$stamp" "$file"
    gcc "$@" -fsyntax-only "$file"
    ;;
*)
    clang "$@" -fsyntax-only -MMD -MP -MF "$stamp.d" -MT "$stamp" "$file"
    # gcc finds some of its warnings only while it optimises.
    gcc "$@" -O2 -S -o /dev/null "$file"
    told="-include tests/lint/analyzer.h"
    [ "$file" != src/base/cx.c ] || told=
    # shellcheck disable=SC2086 # two words or none
    clang-tidy --quiet "$file" -- "$@" $told 2>"$stamp.err" || {
        cat "$stamp.err" >&2
        exit 1
    }
    cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
        --suppress=missingIncludeSystem -D_GNU_SOURCE -DRS_VERSION='""' \
        -Isrc -Iinclude -Itests/unit "$file"
    ;;
esac
rm -f "$stamp.err"
touch "$stamp"
