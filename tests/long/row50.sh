#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Rows 50 and 51 at length: two threads, and a hundred, fault in the same instant, 1,000 times each (or as often as the
# first argument says). Each run must end by SIGSEGV within the limit, with one bundle and nothing else. Prints what
# it has seen.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
runs=${1:-1000}
crashes=$(mktemp -d)
trap 'rm -rf "$crashes"' EXIT
failed=0

# together THREADS
together() {
    local threads=$1 also=0 bad=0 run status files others
    for ((run = 1; run <= runs; run++)); do
        "$build/tests/runner" -t 10000 -o "$crashes/status" env CRUMPLE_DIR="$crashes/$run" CRUMPLE_STDERR=off \
            LD_PRELOAD="$build/libcrumple.so" "$build/tests/victim" together "$threads" >/dev/null 2>&1
        status=$(cut -d' ' -f1-3 "$crashes/status")
        files=$(find "$crashes/$run" -type f -printf '%f\n' | sed 's/.*\.tar\.zst/bundle/' | sort | tr '\n' ' ')
        others=$(tar --zstd -xOf "$crashes/$run"/*/*.tar.zst report.json |
            gojq '[.threads[] | select(.also_faulted)] | length')
        if [ "$status" != "signal=11 core=0 exit=0" ] || [ "$files" != "bundle crashes.ndjson crumple.prom " ]; then
            bad=$((bad + 1))
            echo "run $run: $status; files: $files"
        fi
        also=$((also + ${others:-0}))
        rm -rf "${crashes:?}/$run"
    done
    echo "$threads threads: $runs runs, $bad bad, others listed as also faulted: $also"
    failed=$((failed + bad))
}

together 2
together 100
[ "$failed" -eq 0 ]
