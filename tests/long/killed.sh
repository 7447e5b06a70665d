#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Row 68 at length: 200 times (or as often as the first argument says) a victim of 200 threads faults, and at a random
# moment of what follows SIGKILL ends the whole group, or the victim, the helper or the writer alone. Nothing that is
# half written is ever taken for a bundle, nothing that was complete is lost. Prints what it has seen.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
runs=${1:-200}
threads=${2:-200}
crashes=$(mktemp -d)
dir=$crashes/$(id -u)
index=$dir/crashes.ndjson
trap 'rm -rf "$crashes"' EXIT
declare -A complete=() hits=()
bad=0 with_core=0 with_bundle=0 with_nothing=0 left_overs=0

complain() {
    bad=$((bad + 1))
    echo "run ${run:-0}: $*"
}

# kill_once WHOM MICROSECONDS
kill_once() {
    env CRUMPLE_DIR="$crashes" CRUMPLE_STDERR=off CRUMPLE_KEEP=count=10000,per_signature=10000/1h LD_PRELOAD="$build/libcrumple.so" \
        "$build/tests/killer" "$1" "$2" "$build/tests/victim" parked "$threads" 2>/dev/null
}

field() {
    sed -n "s/.*\\b$1=\\(-\\?[0-9]*\\).*/\\1/p" <<<"$2"
}

# check_bundle FILE: whole, and what it says can be read
check_bundle() {
    zstd -q -t "$1" 2>/dev/null || return 1
    tar --zstd -tf "$1" >/dev/null 2>&1 || return 1
    tar --zstd -xOf "$1" report.json 2>/dev/null | gojq -e '.format == 1 and (.threads | length) > 0' >/dev/null
}

# Bundles that were complete stay as they are; a new one is complete.
check_bundles() {
    local bundle sum
    for bundle in "${!complete[@]}"; do
        [ -e "$bundle" ] || complain "lost: $bundle"
    done
    for bundle in "$dir"/*.tar.zst; do
        [ -e "$bundle" ] || continue
        [ -z "${complete[$bundle]-}" ] || continue
        check_bundle "$bundle" || complain "not whole: $bundle"
        sum=$(md5sum <"$bundle")
        complete[$bundle]=$sum
    done
}

check_index() {
    local torn
    [ -e "$index" ] || return 0
    torn=$(gojq -cR 'fromjson? // "torn"' "$index" | grep -c '^"torn"$')
    [ "$torn" -le "$1" ] || complain "$torn lines of the index are torn"
}

check_list() {
    local listed
    listed=$("$build/crumple" list --json "$crashes" 2>/dev/null)
    ! gojq -r '.path // empty' <<<"$listed" | grep -q '\.tmp$' || complain "a temporary file is listed"
    ! gojq -r '.state' <<<"$listed" | grep -q damaged || complain "a bundle is listed as damaged"
}

one_run() {
    local whom=$1 said before_bundles before_cores hit
    before_bundles=$(find "$dir" -name '*.tar.zst' 2>/dev/null | wc -l)
    before_cores=$(find "$dir" -name '*.core' 2>/dev/null | wc -l)
    said=$(kill_once "$whom" "$2")
    hit=$(field hit "$said")
    [ "${hit:-0}" = 0 ] || hits[$whom]=$((${hits[$whom]-0} + 1))
    [ "$(field left "$said")" = 0 ] || complain "$whom: processes were left: $said"
    case $whom in
    helper | supervisor | writer) [ "$(field signal "$said")" = 11 ] || complain "$whom: $said" ;;
    esac
    if [ "$(find "$dir" -name '*.tar.zst' 2>/dev/null | wc -l)" -gt "$before_bundles" ]; then
        with_bundle=$((with_bundle + 1))
    elif [ "$(find "$dir" -name '*.core' 2>/dev/null | wc -l)" -gt "$before_cores" ]; then
        with_core=$((with_core + 1))
    else
        with_nothing=$((with_nothing + 1))
    fi
    check_bundles
    check_index 0
    [ $((run % 10)) -ne 0 ] || check_list # it opens them all
}

after_all() {
    local cores ids bundle
    cores=$(find "$dir" -name '*.core' | wc -l)
    left_overs=$(find "$dir" -name '.*.tmp' | wc -l)
    # The index torn by a power cut: readers pass over it, the next line heals it.
    printf '{"event":"crash","signat' >>"$index"
    "$build/crumple" group --table "$crashes" >/dev/null 2>&1 || [ "$cores" -gt 0 ] || complain "group fails on a torn index"
    "$build/crumple" collect --force "$crashes" >/dev/null 2>"$crashes/collect.err" ||
        complain "collect: $(head -n 3 "$crashes/collect.err")"
    [ "$(find "$dir" -name '*.core' | wc -l)" = 0 ] || complain "cores are left after collect"
    # Time passes, and a further crash sweeps.
    find "$dir" -name '.*.tmp' -exec touch -d '20 minutes ago' {} +
    kill_once none 0 >/dev/null
    check_bundles
    check_list
    check_index 1
    [ "$(find "$dir" -name '.*.tmp' | wc -l)" = 0 ] || complain "left-overs stay: $(find "$dir" -name '.*.tmp')"
    for bundle in "${!complete[@]}"; do
        [ "$(md5sum <"$bundle")" = "${complete[$bundle]}" ] || complain "changed: $bundle"
    done
    [ "$(find "$dir" -name '*.tar.zst' | wc -l)" = $((with_bundle + with_core + 1)) ] ||
        complain "$(find "$dir" -name '*.tar.zst' | wc -l) bundles of $((with_bundle + with_core)) crashes and one"
    ids=$(gojq -rR 'fromjson? | select(.event == "crash") | .id' "$index" | sort)
    [ -z "$(uniq -d <<<"$ids")" ] || complain "twice in the index: $(uniq -d <<<"$ids" | head -n 3)"
    [ "$(find "$dir" -name '*.tar.zst' -printf '%f\n' | sed 's/\.tar\.zst$//' | sort)" = "$ids" ] ||
        complain "the index and the bundles differ: $(diff <(find "$dir" -name '*.tar.zst' -printf '%f\n' |
            sed 's/\.tar\.zst$//' | sort) <(echo "$ids") | head -n 5)"
}

# The span of a death that nobody disturbs, from the last words on.
kill_once none 0 >/dev/null
span_ms=1000
for _ in 1 2 3 4 5; do # the shortest: on a busy machine the others are longer by chance
    ms=$(field ms "$(kill_once none 0)")
    [ "$ms" -ge "$span_ms" ] || span_ms=$ms
done
rm -rf "${dir:?}"
whoms=(group writer group helper group victim supervisor)
for ((run = 1; run <= runs; run++)); do
    whom=${whoms[run % ${#whoms[@]}]}
    us=$((span_ms * (RANDOM % 1200)))
    # The writer lives for a part of that.
    [[ $whom != writer && $whom != supervisor ]] || us=$((us / 3))
    one_run "$whom" "$us"
done
after_all
counted=''
for whom in group writer supervisor helper victim; do
    counted+=", $whom ${hits[$whom]-0}"
done
echo "$runs kills within $((span_ms * 12 / 10)) ms (met${counted#,}): $with_bundle left a bundle, $with_core a core," \
    "$with_nothing nothing; $left_overs left-overs; $bad bad"
[ "$bad" -eq 0 ]
