#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The index of rows changes no answer: list and group say what a full scan says, whatever has become of the index, of the
# bundles, and of readers beside them. COLLECTING_ROUNDS: of what may go wrong by chance (tests/long/collecting.sh).

bats_require_minimum_version 1.5.0

setup_file() {
    # one directory for all: what changed just now is not remembered
    "${TEST_BUILD:-$PWD/build}/bench/make_bundles" "$BATS_FILE_TMPDIR/crash" 90 20
    export pool=$BATS_FILE_TMPDIR/crash
    mkdir "$pool/33"
    cd "$pool" || return 1
    local files=(*.tar.zst)
    mv "${files[@]:0:10}" 33/
    head -c 500 "${files[20]}" >part && mv part "${files[20]}"
    : >20260101T000000.000000Z-pending-1.core
    sleep 3
}

setup() {
    source "$BATS_TEST_DIRNAME/../cli/common.bash"
    common_setup
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    mkdir "$XDG_CACHE_HOME"
    rounds=${COLLECTING_ROUNDS:-3}
}

# A copy with the same files: their times of change stay, since they are links.
own_copy() {
    rm -rf "$BATS_FILE_TMPDIR/own"
    cp -al "$pool" "$BATS_FILE_TMPDIR/own"
    sleep 2.5 # a link more is a change
    cd "$BATS_FILE_TMPDIR/own" || return 1
}

# answer DIR [OPTION]...: all that list and group say of it, and their ends.
answer() {
    local verb
    for verb in "list --json" "list --json -n 7" "list --table --since 5d --where region=eu" "group --json"; do
        # shellcheck disable=SC2086 # words
        "$crumple" $verb "${@:2}" "$1" 2>&1 && echo "$verb" || echo "$verb: $?"
    done
}

same_as_full() {
    answer "$1" >"$BATS_TEST_TMPDIR/with"
    answer "$1" --no-index >"$BATS_TEST_TMPDIR/full"
    cmp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/full"
}

index_file() {
    find "$XDG_CACHE_HOME/crumple" -name 'rows-*'
}

@test "list, group: with an index, without one and with a part of one they say the same" {
    same_as_full "$pool"
    [ "$(index_file | wc -l)" -eq 1 ]
    [ "$(wc -l <"$(index_file)")" -eq 91 ] # its head, and 90 bundles of which one is damaged
    local before
    before=$(sha256sum <"$(index_file)")
    same_as_full "$pool"
    [ "$before" = "$(sha256sum <"$(index_file)")" ]
    local cut
    for cut in 0 100 30000; do
        truncate -s $cut "$(index_file)"
        same_as_full "$pool"
    done
    (cd "$pool" && answer . && answer ./ --json) >"$BATS_TEST_TMPDIR/with"
    (cd "$pool" && answer . --no-index && answer ./ --json --no-index) >"$BATS_TEST_TMPDIR/full"
    cmp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/full"
}

@test "list: the index is asked: bundles that it knows are not opened" {
    command -v strace >/dev/null || skip "no strace"
    "$crumple" list --json "$pool" >/dev/null || [ $? -eq 3 ]
    strace -f -e trace=openat,open -o "$BATS_TEST_TMPDIR/trace" "$crumple" list --json "$pool" >/dev/null || [ $? -eq 3 ]
    run ! grep -F .tar.zst "$BATS_TEST_TMPDIR/trace"
    strace -f -e trace=openat,open -o "$BATS_TEST_TMPDIR/trace" "$crumple" list --no-index --json "$pool" >/dev/null || [ $? -eq 3 ]
    [ "$(grep -cF .tar.zst "$BATS_TEST_TMPDIR/trace")" -ge 90 ]
}

@test "list, group: a bundle replaced by another one of the same name and size is read again" {
    own_copy
    local name=20260105T000000.000001Z-alpha-101.tar.zst pair
    "${TEST_BUILD:-$ROOT/build}/bench/make_bundles" "$BATS_TEST_TMPDIR/many" 500 400
    mapfile -t pair < <(find "$BATS_TEST_TMPDIR/many" -name '*.zst' -printf '%12s %p\n' | sort | uniq -w 12 -D | sed -n '1,2s/^ *[0-9]* //p')
    cp "${pair[0]}" "$name"
    touch -d 2026-01-05 "$name"
    sleep 3
    same_as_full "$PWD"
    cp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/first"
    cat "${pair[1]}" >"$name" # in place, and its time set back
    touch -d 2026-01-05 "$name"
    same_as_full "$PWD"
    run ! cmp -s "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/first"
    sleep 3
    same_as_full "$PWD"
    cp "${pair[0]}" new # by a rename
    touch -d 2026-01-05 new
    mv new "$name"
    same_as_full "$PWD"
    cmp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/first"
}

@test "list: two readers at once, without an index and with one" {
    "$crumple" list --json --no-index "$pool" >"$BATS_TEST_TMPDIR/full" || [ $? -eq 3 ]
    local round pids
    for ((round = 0; round < rounds; round++)); do
        [ $((round % 2)) -eq 0 ] && rm -rf "$XDG_CACHE_HOME/crumple"
        "$crumple" list --json "$pool" >"$BATS_TEST_TMPDIR/one" 2>/dev/null 3>&- &
        pids=$!
        "$crumple" list --json "$pool" >"$BATS_TEST_TMPDIR/two" || [ $? -eq 3 ]
        wait "$pids" || [ $? -eq 3 ]
        cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/full"
        cmp "$BATS_TEST_TMPDIR/two" "$BATS_TEST_TMPDIR/full"
    done
    same_as_full "$pool"
}

# As writers do: a name at once, and away again. Ends by itself.
write_and_prune() {
    local files i name
    files=("$pool"/*.tar.zst)
    for ((i = 0; i < 40; i++)); do
        name=20260201T00000$((i % 10)).00000$1Z-writer-$((1 + i % 7)).tar.zst
        cp "${files[$(((i * 7 + $1) % ${#files[@]}))]}" "$2/.$name.tmp"
        mv "$2/.$name.tmp" "$2/$name"
        [ $((i % 3)) -eq 0 ] || rm -f "$2/20260201T00000$((i % 4)).00000$1Z-writer-"*.tar.zst
    done
}

@test "list, group: three writers add and prune bundles beside readers" {
    own_copy
    local round writer pids
    for ((round = 0; round < (rounds + 2) / 3; round++)); do
        pids=()
        for writer in 1 2 3; do
            write_and_prune "$writer" "$PWD" 3>&- &
            pids+=($!)
        done
        while kill -0 "${pids[0]}" 2>/dev/null; do
            "$crumple" list --json . >/dev/null 2>&1 || [ $? -eq 3 ]
        done
        wait "${pids[@]}"
        same_as_full "$PWD"
        sleep 3
        same_as_full "$PWD" # now they are remembered
        same_as_full "$PWD"
    done
}

@test "list: readers that are killed while they write the index leave one that is right" {
    local round pid
    "$crumple" list --json --no-index "$pool" >"$BATS_TEST_TMPDIR/full" || [ $? -eq 3 ]
    for ((round = 0; round < rounds * 4; round++)); do
        [ $((round % 5)) -ne 4 ] || rm -rf "$XDG_CACHE_HOME/crumple"
        [ $((round % 5)) -ne 2 ] || truncate -s $((RANDOM % 30000)) "$(index_file)" 2>/dev/null || true
        "$crumple" list --json "$pool" >/dev/null 2>&1 3>&- &
        pid=$!
        sleep "0.0$((RANDOM % 5))$((RANDOM % 10))"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        "$crumple" list --json "$pool" >"$BATS_TEST_TMPDIR/with" || [ $? -eq 3 ]
        cmp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/full"
    done
}

@test "list: where no index can be written there is none, without a word" {
    "$crumple" list --json --no-index "$pool" >"$BATS_TEST_TMPDIR/full" 2>"$BATS_TEST_TMPDIR/words" || [ $? -eq 3 ]
    [ -z "$(find "$XDG_CACHE_HOME" -type f)" ]
    quiet() {
        "$@" "$crumple" list --json "$pool" 2>"$BATS_TEST_TMPDIR/said" | cat >"$BATS_TEST_TMPDIR/with"
        [ "${PIPESTATUS[0]}" -eq 3 ]
        cmp "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/full"
        cmp "$BATS_TEST_TMPDIR/said" "$BATS_TEST_TMPDIR/words"
    }
    quiet env XDG_CACHE_HOME=/proc
    quiet env -u XDG_CACHE_HOME -u HOME
    quiet env -u XDG_CACHE_HOME HOME=relative
    quiet env -u XDG_CACHE_HOME HOME=/nonexistent
    quiet bash -c 'ulimit -f 4; exec "$@"' limited
    quiet bash -c 'ulimit -f 4; exec "$@"' limited
    if [ "$(id -u)" -eq 0 ]; then # another user's
        mkdir -p "$BATS_TEST_TMPDIR/home"
        chown 65534 "$BATS_TEST_TMPDIR/home"
        quiet env -u XDG_CACHE_HOME HOME="$BATS_TEST_TMPDIR/home"
        [ -z "$(ls -A "$BATS_TEST_TMPDIR/home")" ]
    fi
}
