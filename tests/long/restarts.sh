#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 1,000 restarts (or as many as the first argument says) of one server, as fast as they go: crumple-run takes no more memory and no more
# descriptors at the end than after the first hundred, every end and every restart is an event, and the status is the server's.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
export CRUMPLE_DIR=$TMP/crashes

restarts=${1:-1000}
fail() {
    echo "$*" >&2
    exit 1
}
size_now() {
    echo "$(awk '/^VmRSS/ {print $2}' "/proc/$run/status") $(find "/proc/$run/fd" -mindepth 1 | wc -l)"
}

printf '#!/bin/sh\necho >>"%s/lives"\nsleep 0.01\nexit 3\n' "$TMP" >"$TMP/server"
chmod +x "$TMP/server"
"$root/build/crumple-run" --restart on-crash --backoff 1ms..1ms --restart-limit "$restarts/10h" --keep-output -- "$TMP/server" \
    >"$TMP/out" 2>"$TMP/err" &
run=$!
first='' last=''
while [ -e "/proc/$run/fd/0" ]; do
    lives=$({ wc -l <"$TMP/lives"; } 2>/dev/null || echo 0)
    now=$(size_now 2>/dev/null) || break
    [ "$lives" -ge 100 ] || first=$now
    [ -z "${now% *}" ] || last=$now
    sleep 0.2
done
status=0
wait $run || status=$?
[ $status = 3 ] || fail "status $status: $(tail -n 5 "$TMP/err")"
[ "$(wc -l <"$TMP/lives")" = $((restarts + 1)) ] || fail "$(wc -l <"$TMP/lives") lives"
for event in died:$((restarts + 1)) "restarted:$restarts" restart_limit:1; do
    count=$(find "$CRUMPLE_DIR" -name 'crashes.ndjson*' -exec cat {} + | grep -c "^{\"event\":\"${event%:*}\"")
    [ "$count" = "${event#*:}" ] || fail "$count events ${event%:*}"
done
[ $((${last% *} - ${first% *})) -lt 500 ] || fail "memory: $first KiB at first, then $last"
[ $((${last#* } - ${first#* })) -le 4 ] || fail "descriptors: $first at first, then $last"
echo "$restarts restarts: ${first% *} KiB and ${first#* } descriptors within the first hundred, ${last% *} and ${last#* } at the end"
