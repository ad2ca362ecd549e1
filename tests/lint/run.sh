#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The checks that need no more than a preprocessor, all of them even if one finds something; `make lint` runs it.
set -u
cd "$(dirname "$0")/../.." || exit 1
red=0
report=$(python3 tests/lint/test_lint.py 2>&1) || { echo "$report"; red=1; }
for check in layers sizes banned papers statements; do
    python3 "tests/lint/$check.py" || red=1
done
exit $red
