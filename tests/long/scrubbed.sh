#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gdb sees the same stacks of all threads in a core and in its scrubbed copy, for each way in which the victim dies. Prints
# each difference; the last line is 'N compared, N differ'. Three minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${TEST_BUILD:-$PWD/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compared=0 differ=0

die() {
    (
        cd "$work" && ulimit -c 0
        exec env CRUMPLE_STDERR=off CRUMPLE_DIR="$work/crashes" LD_PRELOAD="$build/libcrumple.so" \
            timeout 5 "$build/tests/victim" "$1"
    )
}

# stacks BUNDLE: as gdb prints them, without arguments, which are memory
stacks() {
    "$build/crumple" show --core "$work/core" "$1"
    timeout 30 gdb -batch -nx -ex 'thread apply all bt' "$build/tests/victim" "$work/core" 2>/dev/null </dev/null |
        grep -E '^#|^Thread' | sed 's/ (.*//' || true
}

# Two ways leave a thread without registers, which gdb calls 'unavailable' in one core and leaves out in the other; in
# smashed-return an overwritten stack holds no addresses.
while read -r verb _; do
    case $verb in clone-files | exit-in-vfork-of-fork | smashed-return) continue ;; esac
    rm -rf "${work:?}"/*
    { die "$verb"; } >/dev/null 2>&1 </dev/null || true
    bundle=$(find "$work/crashes" -name '*.tar.zst' 2>/dev/null | sort | head -n 1)
    [ -n "$bundle" ] || continue
    tar --zstd -tf "$bundle" core >/dev/null 2>&1 || continue
    "$build/crumple" scrub -o "$work/scrubbed.tar.zst" "$bundle" >/dev/null
    stacks "$bundle" >"$work/whole"
    stacks "$work/scrubbed.tar.zst" >"$work/scrubbed"
    compared=$((compared + 1))
    diff "$work/whole" "$work/scrubbed" >"$work/diff" && continue
    differ=$((differ + 1))
    printf '%s differs:\n%s\n' "$verb" "$(head -n 8 "$work/diff")"
done < <("$build/tests/victim" list)
echo "$compared compared, $differ differ"
[ "$differ" -eq 0 ] && [ "$compared" -gt 100 ]
