#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What runs in several threads, under the thread sanitizer: unit tests, then the real server under a load of several
# writers that is stopped by signals, and the real client's background logging, uploads in parts and webhooks. `make
# tsan` calls it, with the make to use. libmicrohttpd, SQLite and OpenSSL are not instrumented; they lock by functions
# that the sanitizer knows, and so far none needs a suppression.
set -eu
make=$1
mode() {
    "$make" --no-print-directory MODE=tsan "$@"
}

concurrent='base/test_id base/test_log base/test_queue http/test_lane http/test_server http/test_stats
    artifact/test_intake artifact/test_workers service/test_transaction service/test_janitor
    service/test_feed service/test_deliveries'
programs=
for name in $concurrent; do
    programs="$programs build/tsan/tests/unit/$name"
done

rm -f build/log/thread.*
mkdir -p build/log
# shellcheck disable=SC2086 # a list of words
mode -j"$(nproc)" build $programs
# shellcheck disable=SC2086
scripts/run-unit.sh $programs

red=0
RUNESTONE_BIN=build/tsan/runestone TSAN_OPTIONS=log_path=$PWD/build/log/thread:exitcode=66 \
    build/venv/bin/python -m pytest -q tests/fault/test_stop.py tests/client/test_background.py \
    tests/client/test_multipart.py \
    tests/ui/test_static.py::test_many_at_once_get_whole_files \
    tests/ui/test_static.py::test_who_comes_while_a_file_is_packed_has_it_plain_at_once \
    tests/client/test_webhooks.py::test_what_came_of_tries_is_counted \
    tests/client/test_webhooks.py::test_what_a_killed_server_had_not_told_is_told_after_its_restart || red=1
# What was said of the server counts even where no test looked at the server's end.
for report in build/log/thread.*; do
    [ ! -e "$report" ] || { cat "$report"; red=1; }
done
exit $red
