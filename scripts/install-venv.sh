#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A virtual environment with the packages that a file names: scripts/install-venv.sh DIR FILE. By uv, several times
# as quick as pip; by pip where uv cannot do it. Compiled at once: where Python may not write what it compiled, each of
# the many processes of the tests would compile mlflow anew.
set -eu
dir=$1
wanted=$2

pip() {
    "$dir/bin/python" -m pip install -q --disable-pip-version-check "$@"
}

python3 -m venv "$dir"
if pip uv==0.13.9 && "$dir/bin/uv" pip install -q --system-certs --compile-bytecode \
    --python "$dir/bin/python" -r "$wanted"; then
    exit
fi
echo "$dir: uv could not install $wanted; once more, by pip (minutes)"
pip -r "$wanted"
