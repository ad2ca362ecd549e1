#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian's Prometheus (prometheus and promtool) below DIR, for the tests: installing the package would start
# a service of that name on this machine. Links the programs where they are installed already.
#   scripts/unpack-tools.sh DIR
set -eu
dir=$1
mkdir -p "$dir/bin"

have_all() {
    [ -x "$dir/bin/prometheus" ] && [ -x "$dir/bin/promtool" ]
}

have_all && exit 0
for program in prometheus promtool; do
    found=$(command -v "$program" || true)
    [ -z "$found" ] || ln -sf "$found" "$dir/bin/$program"
done
have_all && exit 0

command -v apt-get >/dev/null 2>&1 || {
    echo "unpack-tools: not a Debian system: please install prometheus and promtool yourself" >&2
    exit 1
}
echo "unpack-tools: prometheus, into $dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The list of packages may be missing or old; bringing it up to date needs root.
root=
[ "$(id -u)" -eq 0 ] || root=sudo
(cd "$work" && apt-get download -q prometheus) >"$work/log" 2>&1 || {
    $root apt-get update -q >>"$work/log" 2>&1 && (cd "$work" && apt-get download -q prometheus) >>"$work/log" 2>&1
} || {
    cat "$work/log" >&2
    echo "unpack-tools: could not download the Debian package prometheus" >&2
    exit 1
}
dpkg-deb -x "$work"/prometheus_*.deb "$work/root"
cp "$work/root/usr/bin/prometheus" "$work/root/usr/bin/promtool" "$dir/bin/"
