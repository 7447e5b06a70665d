#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The storm at length: 100 malformed messages a second from one address for 60 s (or STORM_S), 50 innocent players beside it, default breaker. The server must live, no innocent request may be lost, and
# their p99, the median of several rounds of 20 s each, must stay within twice that of rounds without faults.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
seconds=${STORM_S:-60}
round=20
rounds=3
work=$(mktemp -d)
unset "${!CRUMPLE@}"
server=''
cleanup() {
    if [ -n "$server" ]; then
        kill -TERM "$server" # its keeper goes with it, and writes no more
        wait "$server"
    fi 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
bad=0

complain() {
    bad=$((bad + 1))
    echo "BAD: $*"
}

client() {
    "$build/demo/arena-client" -p "$port" -j "$@"
}

start_server() {
    CRUMPLE_RECOVER='conn_handler=contain,*=crash' CRUMPLE_DIR=$work/crashes LD_PRELOAD=$build/libcrumple.so \
        "$build/demo/arena" -p 0 >"$work/out" 2>"$work/err" &
    server=$!
    for _ in {1..200}; do
        port=$(sed -n 's/^arena: listening.*://p' "$work/out")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    echo "storm: arena does not start" >&2
    exit 1
}

# play_round NAME: 50 innocents; prints their p99 in ms.
play_round() {
    client -n 50 -r 20 -d "$round" play >"$work/$1.json" 2>>"$work/players.err" ||
        echo "$1: $(cat "$work/$1.json")" >>"$work/suffered"
    jq -r .p99_ms "$work/$1.json"
}

median() {
    sort -n | sed -n "$(((rounds + 1) / 2))p"
}

start_server
quiet=$(for ((i = 0; i < rounds; i++)); do play_round "quiet$i"; done | median)
client -s 127.0.0.66 -r 100 -d "$seconds" attack >"$work/attack.json" &
attack=$!
stormy=$(for ((i = 0; i < rounds; i++)); do play_round "storm$i"; done | median)
wait "$attack" || complain "the attacker was left hanging or could not connect: $(cat "$work/attack.json")"

echo "attack: $(cat "$work/attack.json")"
echo "p99 of the innocents, median of $rounds rounds: $quiet ms without faults, $stormy ms in the storm," \
    "ratio $(awk "BEGIN {printf \"%.2f\", $stormy / $quiet}")"
[ ! -f "$work/suffered" ] || complain "innocents have suffered: $(cat "$work/suffered")"
awk "BEGIN {exit !($stormy <= 2 * $quiet)}" || complain "p99 is more than doubled"
kill -0 "$server" 2>/dev/null || complain "the server is dead: $(tail -n 20 "$work/err")"
"$build/demo/arena-client" -p "$port" say CHECK | grep -q '^< OK ' || complain "the server's own check fails"
events=$(find "$work/crashes" -name crashes.ndjson -exec cat {} +)
refused=$(jq -sc '[.[] | select(.event == "peer_refused") | .peer] | unique' <<<"$events")
[ "$refused" = '["127.0.0.66"]' ] || complain "refused were $refused"
counted=$(jq -s '[.[] | select(.event == "contained") | .count // 1] | add' <<<"$events")
[ "$counted" = "$(jq .disconnected "$work/attack.json")" ] || complain "$counted faults counted"
echo "storm: $bad bad"
[ "$bad" -eq 0 ]
