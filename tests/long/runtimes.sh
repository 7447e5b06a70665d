#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The healthy work of the runtimes, many times and under every collector and setting that changes what they do with
# signals: the same output and status as without crumple, and no bundle. tests/long/runtimes.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/../.."

TIMES=${1:-20}
BUILD=${TEST_BUILD:-$PWD/build}
RT=$BUILD/tests/runtimes
PROGRAMS=tests/runtimes/programs
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
make -s -f tests/runtimes/runtimes.mk B="$BUILD" java go rust

failures=0
# same NAME COMMAND...
same() {
    local name=$1 i without=0 with
    shift
    timeout -s KILL 120 "$@" >"$SCRATCH/without" 2>/dev/null </dev/null || without=$?
    for ((i = 0; i < TIMES; i++)); do
        with=0
        timeout -s KILL 120 env CRUMPLE_DIR="$SCRATCH/crashes" CRUMPLE_EXIT=off LD_PRELOAD="$BUILD/libcrumple.so" \
            "$@" >"$SCRATCH/with" 2>/dev/null </dev/null || with=$?
        if [ $with = $without ] && cmp -s "$SCRATCH/without" "$SCRATCH/with" &&
            [ -z "$(find "$SCRATCH/crashes" -name '*.core' -o -name '*.zst')" ]; then
            continue
        fi
        echo "not ok  $name, run $i: status $with, without crumple $without"
        failures=$((failures + 1))
        return 0
    done
    echo "ok      $name, $TIMES times"
}

for collector in Serial Parallel G1 Z Shenandoah; do
    same "java, $collector" java -XX:+Use${collector}GC -Xmx256m -cp "$RT" Runtimes work
done
same "java, first compiler" java -XX:TieredStopAtLevel=1 -Xmx256m -cp "$RT" Runtimes work
same "java, second compiler" java -XX:-TieredCompilation -Xmx256m -cp "$RT" Runtimes work
same "node" node "$PROGRAMS/work.js"
same "go" "$RT/cgo" work
same "go, one processor" env GOMAXPROCS=1 "$RT/cgo" work
same "go, collecting all the time" env GOGC=1 "$RT/cgo" work
same "go, pointers checked" env GODEBUG=cgocheck=2 "$RT/cgo" work
same "python" /usr/bin/python3 "$PROGRAMS/work.py"
same "python, with faulthandler" /usr/bin/python3 -X faulthandler -X dev "$PROGRAMS/work.py"
same "rust" "$RT/crimes" work
[ "$failures" -eq 0 ]
