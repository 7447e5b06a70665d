#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Wrong surroundings and wrong configuration: said once on stderr, and the process runs and dies as without crumple.

load helpers
setup() { setup_crash; }
teardown() {
    [ -z "${MOUNTED-}" ] || umount -l "$MOUNTED"
    teardown_crash
}

warnings() {
    grep -c '^crumple: ' "$TMP/with.err"
}

@test "no crash directory can be made" {
    BUNDLES=0
    echo "a file, not a directory" >"$CRASHES"
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "crashes"
    in_fallback
}

@test "neither the crash directory nor the second choice can be made" {
    BUNDLES=0
    echo "a file, not a directory" >"$CRASHES"
    rmdir "$TMP/fallback"
    echo "a file, not a directory" >"$TMP/fallback"
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "crashes"
    expect_said "fallback"
}

# Root ignores modes: the victim runs as another user, with everything where that user can reach it.
@test "an unwritable crash directory" {
    local nobody=65534
    command -v setpriv >/dev/null || skip "no setpriv"
    [ "$(id -u)" = 0 ] || skip "changing the user needs root"
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$COPY"
    copy_shim
    cp "$T$LIBC/victim" "$COPY/"
    mkdir -m 1777 "$COPY/tmp"
    CRASHES=$COPY/crashes BUILD=$COPY VICTIM=setpriv SHIM=(CRUMPLE_ONLY=victim TMPDIR="$COPY/tmp") BUNDLES=0
    mkdir -m 555 "$CRASHES"
    crash --reuid $nobody --regid $nobody --clear-groups "$COPY/victim" null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "crashes"
    rmdir "$TMP/fallback"
    ln -s "$COPY/tmp" "$TMP/fallback"
    BUNDLE_UID=$nobody in_fallback
}

@test "a full disk" {
    [ "$(id -u)" = 0 ] || skip "mounting a small file system needs root"
    mkdir "$CRASHES"
    mount -t tmpfs -o size=64k,mode=755 none "$CRASHES" || skip "cannot mount a tmpfs here"
    MOUNTED=$CRASHES BUNDLES=0
    head -c 1M /dev/zero >"$CRASHES/ballast" 2>/dev/null || true
    crash parked 50
    want "status" 11 "$(status_of with signal)"
    expect_said "No space left"
    in_fallback
}

@test "a full disk when the bundle is written: the pending core stays or the message says why" {
    [ "$(id -u)" = 0 ] || skip "mounting a small file system needs root"
    mkdir "$CRASHES"
    # Room for the core of this victim, and for little more.
    mount -t tmpfs -o size=2560k,mode=755 none "$CRASHES" || skip "cannot mount a tmpfs here"
    MOUNTED=$CRASHES
    run_without parked 300
    run_with parked 300
    same_death
    want "temporary files" 0 "$(count_files '*.tmp')"
    want "signs of life" yes "$([ $(($(count_files '*.core') + $(count_files '*.tar.zst'))) -ge 1 ] ||
        [ "$(warnings)" -ge 1 ] && echo yes)"
}

@test "the writer's path names nothing: the pending core stays" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER=/nonexistent/crumple-writer)
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "/nonexistent/crumple-writer"
    expect_said ".core"
    collect_pending
}

@test "the writer is not a program: the pending core stays" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER="$TMP/text")
    echo "not a program" >"$TMP/text"
    chmod +x "$TMP/text"
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said ".core"
    collect_pending
}

# one_warning VARIABLE=VALUE: named once, the default is used, and a crash is still written.
one_warning() {
    rm -rf "$CRASHES"
    SHIM=("$1")
    BUNDLES=0
    crash exit 0
    want "warnings about $1" 1 "$(warnings)"
    expect_said "${1%%=*}"
    BUNDLES=1
    crash null-write
    want "status" 11 "$(status_of with signal)"
    want "warnings about $1" 1 "$(grep -c "^crumple: .*${1%%=*}" "$TMP/with.err")"
}

@test "an unknown CRUMPLE_ variable is named once" {
    one_warning CRUMPLE_TIMOUT=3s
}

@test "a bad duration, size or word is named once" {
    one_warning CRUMPLE_TIMEOUT=soon
    one_warning CRUMPLE_TIMEOUT=-3s
    one_warning CRUMPLE_STACK_BYTES=much
    one_warning CRUMPLE_STACK_BYTES=99999999999999999999
    one_warning CRUMPLE_WAIT=maybe
    one_warning CRUMPLE_STDERR=xml
}

@test "CRUMPLE_STDERR=off says nothing, json says one line" {
    SHIM=(CRUMPLE_STDERR=off)
    crash null-write
    want "stderr" '' "$(cat "$TMP/with.err")"
    rm -rf "$CRASHES"
    SHIM=(CRUMPLE_STDERR=json)
    run_with null-write
    want "lines" 1 "$(wc -l <"$TMP/with.err")"
    sed 's/^crumple: //' "$TMP/with.err" | gojq -e . >/dev/null || fail "$(cat "$TMP/with.err")"
}

@test "the summary on stderr: what, where, the top frames, the bundle" {
    crash readonly-write
    expect_said SIGSEGV
    expect_said write_to_readonly_page
    expect_said "$(basename "$BUNDLE")"
    [ "$(wc -l <"$TMP/with.err")" -le 15 ]
}

@test "CRUMPLE_ONLY leaves other programs alone" {
    BUNDLES=0 SHIM=(CRUMPLE_ONLY='redis-*')
    crash null-write
    want "stderr" '' "$(cat "$TMP/with.err")"
    BUNDLES=1 SHIM=(CRUMPLE_ONLY='vic*')
    crash null-write
}
