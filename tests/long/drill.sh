#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drill at length: 500 faults (or as many as the first argument says) in arena, in a C++ server and in privoxy, and 300
# flipped bits in arena. Prints the tables; the JSON goes to build/drill/. Fails where something was wedged, corrupt or
# unreported. A second argument picks one campaign: arena, flips, cpp or privoxy.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
runs=${1:-500}
only=${2-}
seed=${SEED:-20261120}
results=$build/drill
status=0
mkdir -p "$results"

# campaign NAME RUNS OPTION... -- SERVER...
campaign() {
    local name=$1 count=$2
    shift 2
    [ -z "$only" ] || [ "$only" = "$name" ] || return 0
    echo "== $name: $count runs, seed $seed"
    "$build/crumple" drill --exclude libcrumple.so --jobs "$(nproc)" --runs "$count" --seed "$seed" -o "$results/$name.json" "$@" || status=1
    echo
}

arena=(--load "$build/demo/arena-client -p %p visit"
    --oracle "$build/demo/arena-client -p %p say CHECK | grep -q '^< OK'" -- "$build/demo/arena" -p %p)
campaign arena "$runs" "${arena[@]}"
campaign flips $((runs * 3 / 5)) --fault flip "${arena[@]}"

campaign cpp "$runs" --load "$build/tests/drill_client load %p 4 kv" --oracle "$build/tests/drill_client check %p kv" \
    -- "$build/tests/threaded_server" %p

# privoxy answers requests for p.p itself: its own pages, made from templates and regular expressions.
if command -v privoxy >/dev/null; then
    # shellcheck disable=SC2016 # the inner shell's own
    start='printf "confdir /etc/privoxy\nlogdir /tmp\nactionsfile match-all.action\nactionsfile default.action\n" >"$0"
        printf "filterfile default.filter\nlisten-address 127.0.0.1:%s\ntoggle 1\ndebug 0\n" "$1" >>"$0"
        printf "enable-remote-toggle 0\nmax-client-connections 256\n" >>"$0"
        exec privoxy --no-daemon "$0"'
    config=$(mktemp -d)
    chmod 755 "$config"
    trap 'rm -rf "$config"' EXIT
    campaign privoxy "$runs" --load "$root/tests/long/privoxy_load.sh %p" \
        --oracle "curl -sf -m 2 -x http://127.0.0.1:%p http://p.p/show-request | grep -q Show-Request" \
        -- sh -c "${start//%/%%}" "$config/%p" %p
else
    echo "privoxy is not installed (apt-get install --no-install-recommends privoxy): left out"
fi
exit "$status"
