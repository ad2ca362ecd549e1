#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, and says which. Quiet when nothing is missing.
#
#   scripts/install-deps.sh build         what compiles and runs the server
#   scripts/install-deps.sh build test    and what the tests, the linters and the bench use
#   scripts/install-deps.sh build ui      and what `make run UI=1` uses
#   scripts/install-deps.sh build fuzz    and what `make fuzz` uses
set -eu

build='make pkg-config libc6-dev libmicrohttpd-dev libsqlite3-dev libjansson-dev libssl-dev libcurl4-openssl-dev zlib1g-dev unicode-data'
test='gcc check clang clang-format clang-tidy cppcheck python3-venv nginx-light wrk valgrind chromium'
ui='python3-venv'
fuzz='clang libclang-rt-14-dev'

say() {
    echo "install-deps: $*"
}

# Any C compiler builds the server; gcc is only the default one.
command -v "${CC:-cc}" >/dev/null 2>&1 || build="gcc $build"

wanted=
for group in "$@"; do
    case $group in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    ui) wanted="$wanted $ui" ;;
    fuzz) wanted="$wanted $fuzz" ;;
    *) say "unknown group \"$group\": use build, test, ui or fuzz" >&2 && exit 2 ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
    say "not a Debian system: please see to these yourself (Debian's names):$wanted" >&2
    exit 0
fi

# shellcheck disable=SC2086 # a list of words
present=$(dpkg-query -W -f '${Package}=${db:Status-Status} ' $wanted 2>/dev/null || true)
missing=
for package in $wanted; do
    case " $present" in
    *" $package=installed "*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        say "neither root nor sudo; as root, run: apt-get install --no-install-recommends$missing" >&2
        exit 1
    }
    root=sudo
fi

say "installing with apt-get${root:+ (through sudo)}:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    $root env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 </dev/null || {
        cat "$log" >&2
        say "could not run: $*" >&2
        exit 1
    }
}
run apt-get update -q
# shellcheck disable=SC2086 # a list of words
run apt-get install -q -y --no-install-recommends $missing
say "done"
