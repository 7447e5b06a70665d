#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The storm at length: 100 malformed messages a second from one address for 60 s (or STORM_S), 50 innocent players beside
# it, default breaker. The server must live, no innocent request may be lost, and their p99, the median of several rounds,
# must stay within twice that of rounds without faults. Of these there are two kinds, before and after the storm: with
# nobody else there, and with as many harmless messages from the same address; the second tells the faults from the traffic.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
seconds=${STORM_S:-60}
rounds=3
round=$((seconds / rounds))
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
    gojq -r .p99_ms "$work/$1.json"
}

median() {
    sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# without_faults NAME: two rounds of each kind.
without_faults() {
    local i traffic
    for i in 1 2; do
        play_round "quiet$1$i" >>"$work/quiet"
        client -s 127.0.0.66 -r 100 -d "$round" -x PING attack >>"$work/harmless.json" &
        traffic=$!
        play_round "traffic$1$i" >>"$work/traffic"
        wait "$traffic"
    done
}

start_server
without_faults before
client -s 127.0.0.66 -r 100 -d "$seconds" attack >"$work/attack.json" &
attack=$!
stormy=$(for ((i = 0; i < rounds; i++)); do play_round "storm$i"; done | median)
wait "$attack" || complain "the attacker was left hanging or could not connect: $(cat "$work/attack.json")"
refusals_end=31 # the breaker's timeout: the address is let in again
sleep "$refusals_end"
without_faults after
quiet=$(median <"$work/quiet") traffic=$(median <"$work/traffic")

echo "attack: $(cat "$work/attack.json")"
echo "p99 of the innocents, medians: $quiet ms alone, $traffic ms beside harmless messages, $stormy ms in the storm:" \
    "$(awk "BEGIN {printf \"%.2f and %.2f times\", $stormy / $quiet, $stormy / $traffic}")"
[ ! -f "$work/suffered" ] || complain "innocents have suffered: $(cat "$work/suffered")"
awk "BEGIN {exit !($stormy <= 2 * ($quiet > $traffic ? $quiet : $traffic))}" || complain "p99 is more than doubled"
kill -0 "$server" 2>/dev/null || complain "the server is dead: $(tail -n 20 "$work/err")"
"$build/demo/arena-client" -p "$port" say CHECK | grep -q '^< OK ' || complain "the server's own check fails"
events=$(find "$work/crashes" -name 'crashes.ndjson*' -exec cat {} +)
refused=$(gojq -sc '[.[] | select(.event == "peer_refused") | .peer] | unique' <<<"$events")
[ "$refused" = '["127.0.0.66"]' ] || complain "refused were $refused"
counted=$(gojq -s '[.[] | select(.event == "contained") | .count // 1] | add' <<<"$events")
[ "$counted" = "$(gojq .disconnected "$work/attack.json")" ] || complain "$counted faults counted"
echo "storm: $bad bad"
[ "$bad" -eq 0 ]
