#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What may go wrong by chance beside readers of crash directories, often: readers killed while they write the index, two at
# once, writers that add and prune; answers against a second program. Seven minutes. COLLECTING_ROUNDS: how often (200).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export TEST_BUILD=${TEST_BUILD:-$PWD/build} COLLECTING_ROUNDS=${COLLECTING_ROUNDS:-200}
export BUILD=$TEST_BUILD
failed=0
for file in tests/collecting/{index,prune}.bats; do
    [ ! -e "$file" ] || bats "$file" || failed=1
done
tests/collecting/truth.py 100 200 || failed=1
# The figures of docs/comparison.md can be measured again.
bench/compare --turns 1 --megabytes 50 | tee "${TMPDIR:-/tmp}/compare.$$"
[ "$(grep -cE '^(redis with|crumple:|/bin/true:) ?.* ms' "${TMPDIR:-/tmp}/compare.$$")" -eq 3 ] || failed=1
rm -f "${TMPDIR:-/tmp}/compare.$$"

# 100,000 bundles of 1,000 signatures: prune is right, in bounded memory; the second look is the index's.
many() {
    local work status=0 left
    work=$(mktemp -d)
    export XDG_CACHE_HOME=$work/cache
    mkdir "$XDG_CACHE_HOME"
    "$BUILD/bench/make_bundles" "$work/crash" 100000 1000
    sleep 3
    /usr/bin/time -o "$work/first" -f '%e s, %M KiB' "$BUILD/crumple" prune --keep=signature=30 "$work/crash" >"$work/gone" 2>"$work/said"
    echo "prune: $(cat "$work/first" "$work/said")"
    left=$(find "$work/crash" -name '*.tar.zst' | wc -l)
    [ $((left + $(wc -l <"$work/gone"))) -eq 100000 ] || status=1
    /usr/bin/time -o "$work/second" -f '%e s, %M KiB' "$BUILD/crumple" group --json "$work/crash" >"$work/groups"
    echo "group: $(cat "$work/second")"
    # each signature has what it had, or 30
    jq -s -e '(map(.count - .counted) | max) == 30 and length == 1000' "$work/groups" >/dev/null || status=1
    rm -rf "$work"
    [ $status -eq 0 ] || echo "100,000 bundles: prune left $left"
    return $status
}
many || failed=1

# A directory whose lock somebody keeps costs a minute, and nothing else.
kept() {
    local work status=0
    work=$(mktemp -d)
    mkdir -m 0700 "$work/kept"
    "$BUILD/bench/make_bundles" "$work/free" 20 2
    flock "$work/kept" sleep 80 &
    sleep 1
    timeout 75 "$BUILD/crumple" prune --keep=count=5 "$work/kept" "$work/free" 2>"$work/said" >/dev/null || status=$?
    cat "$work/said"
    kill $!
    grep -qF "another process has been pruning '$work/kept' for 60 s; it is left as it is" "$work/said" &&
        [ "$status" -eq 3 ] && [ "$(find "$work/free" -name '*.tar.zst' | wc -l)" -eq 5 ] || status=9
    rm -rf "$work"
    [ "$status" -eq 3 ] || echo "a kept lock: status $status"
    [ "$status" -eq 3 ]
}
kept || failed=1
exit $failed
