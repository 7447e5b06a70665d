#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A user who stops each crumple-writer costs root's collect a minute a core, but not the other users' reports: once a
# writer has run out of time, the later cores of its directory come last. Two minutes; needs root.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "stopped_writers.sh: needs root" >&2; exit 1; }
root=$(cd "$(dirname "$0")/../.." && pwd)
crumple=${TEST_BUILD:-$root/build}/crumple
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"

cat >"$work/writer" <<'E2'
#!/bin/sh
for word; do core=$word; done
[ "$(id -u)" != 12345 ] || kill -STOP $$
: >"${core%.core}.tar.zst" && rm "$core"
E2
chmod 0755 "$work/writer"

# core UID SECOND: a pending core of that user and time.
core() {
    local path=$work/crashes/$1/20260102T0304$2.000000Z-server-$2.core
    install -d -m 0711 "$work/crashes"
    install -d -m 0700 -o "$1" -g "$1" "$work/crashes/$1"
    echo core >"$path"
    chown "$1" "$path"
    touch -d '1 minute ago' "$path"
}
core 12345 01
core 12345 02
core 23456 03

"$crumple" collect --json --writer "$work/writer" "$work/crashes" >"$work/out" || [ $? = 3 ]
have=$(gojq -r '"\(.core | split("/")[-2:] | join("/")[-7:-5]) \(.result)"' "$work/out" | paste -sd,)
want='01 failed,03 finished,02 failed'
[ "$have" = "$want" ] || { echo "stopped_writers.sh: expected '$want', got '$have'"; cat "$work/out"; exit 1; }
echo "stopped_writers.sh: the other user's core came before the second minute"
