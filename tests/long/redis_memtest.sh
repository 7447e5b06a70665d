#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# redis tests its memory in its crash handler: it writes over every anonymous mapping, the thread's own TLS among them,
# and a switch of threads at that moment kills it (rseq). Counts how many of RUNS crashes end before redis' own report
# is whole, without the shim and with it, and checks each bundle. RUNS=200 by default.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
runs=${RUNS:-200}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# crash_redis PRELOAD: one crash. False: redis' own report is not whole.
crash_redis() {
    local port pid status=0
    port=$(free_port)
    LD_PRELOAD=$1 CRUMPLE_DIR=$work/crashes redis-server --port "$port" --save '' --dir "$work" \
        --enable-debug-command yes >"$work/out" 2>"$work/err" &
    pid=$!
    for _ in $(seq 400); do
        ! redis-cli -p "$port" ping >"$work/ping" 2>&1 || break
        sleep 0.01
    done
    redis-cli -p "$port" debug segfault >"$work/ping" 2>&1 || true
    wait "$pid" || status=$?
    [ "$status" = 139 ] || echo "status $status" >&2
    grep -q 'REDIS BUG REPORT END' "$work/out"
}

wrong=0
# check_bundle: one bundle that names the fault.
check_bundle() {
    local title
    title=$("$build/crumple" list --json "$work/crashes" | gojq -r .title 2>"$work/ping")
    [[ $title == "SIGSEGV in debugCommand: write to address "* ]] && return
    wrong=$((wrong + 1))
    echo "bundle: ${title:-none}" >&2
}

without=0 with=0
for _ in $(seq "$runs"); do
    crash_redis '' || without=$((without + 1))
    crash_redis "$build/libcrumple.so" || with=$((with + 1))
    check_bundle
    rm -rf "$work/crashes"
done 2>"$work/messages" || true
sed 's/^/    /' "$work/messages" | grep -v 'Segmentation fault' || true
echo "redis' own report is not whole: without the shim $without of $runs, with it $with; wrong bundles: $wrong"
