#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Crash directories that fail: full, out of quota, read-only, gone, somebody else's, on a file system that hangs
# (row 56). tests/crash/bad_input.bats has the plain ones.

load helpers
setup() {
    setup_crash
    MOUNTED='' SERVED=''
    LIMIT_MS=10000
}

# A process that waits for the file system can be ended only when that has ended.
teardown() {
    local mounted
    [ -z "$SERVED" ] || kill -KILL "$SERVED" 2>/dev/null || true
    for mounted in $MOUNTED; do
        umount -l "$mounted" 2>/dev/null || true
    done
    teardown_crash
}

root_only() {
    [ "$(id -u)" = 0 ] || skip "mounting needs root"
}

small_disk() {
    root_only
    mkdir -p "$1"
    mount -t tmpfs -o "$2" none "$1" || skip "cannot mount a tmpfs here"
    MOUNTED+=" $1"
}

# The status is compared by 'crash'; the bundle is in the second choice of directory.
fell_back() {
    BUNDLES=0
    crash "$@"
    want "status" 11 "$(status_of with signal)"
    in_fallback
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "no inodes are left in the crash directory: the bundle is in the other directory [row 56]" {
    small_disk "$CRASHES" size=1m,nr_inodes=3,mode=755
    touch "$CRASHES/one"
    mkdir -m 700 "$CRASHES/$(id -u)"
    fell_back parked 3
    expect_said "No space left"
}

@test "both crash directories are full: two lines, and the same death [row 56]" {
    small_disk "$CRASHES" size=64k,mode=755
    small_disk "$TMP/fallback" size=64k,mode=1777
    head -c 1M /dev/zero >"$CRASHES/ballast" 2>/dev/null || true
    head -c 1M /dev/zero >"$TMP/fallback/ballast" 2>/dev/null || true
    BUNDLES=0
    crash parked 50
    want "status" 11 "$(status_of with signal)"
    expect_said "cannot write to '$CRASHES.*No space left"
    expect_said "cannot write to '$TMP/fallback.*No space left.*leaves no bundle"
    expect_said "SIGSEGV at address 0x0"
    want "files" 2 "$(find "$CRASHES" "$TMP/fallback" -type f | wc -l)"
}

@test "the crash directory is read-only from the start: the bundle is in the other directory [row 56]" {
    small_disk "$CRASHES" size=1m,ro
    fell_back parked 3
    expect_said "cannot use crash directory '$TMP/crashes'"
}

@test "the crash directory becomes read-only while the server runs: the bundle is in the other directory [row 56]" {
    small_disk "$CRASHES" size=1m,mode=755
    fell_back directory-turns readonly "$CRASHES"
    expect_said "cannot write to '$TMP/crashes.*Read-only file system"
}

@test "the user's crash directory is deleted while the server runs: crumple makes it again [row 56]" {
    crash directory-turns removed "$CRASHES"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "the crash directory is deleted while the server runs: the bundle is in the other directory [row 56]" {
    fell_back directory-turns base-removed "$CRASHES"
}

@test "a file, a link, a foreign or an open directory in place of the crash directory is never written to [row 56]" {
    local what
    mkdir "$TMP/elsewhere"
    for what in file link foreign open; do
        [ $what != foreign ] || [ "$(id -u)" = 0 ] || continue
        CRASHES=$TMP/crashes-$what
        rm -rf "$TMP/fallback/crumple-$(id -u)"
        # 'in_fallback' looks elsewhere for bundles from then on.
        fell_back directory-turns $what "$CRASHES"
        expect_said "cannot write to '$TMP/crashes-$what"
        want "files there" '' "$(find "$TMP/crashes-$what" -name '*Z-*')"
    done
    want "files elsewhere" '' "$(find "$TMP/elsewhere" -type f)"
}

@test "neither crash directory can be trusted: a line, and nothing is written [row 56]" {
    local own
    own=$TMP/fallback/crumple-$(id -u)
    mkdir "$TMP/elsewhere"
    ln -s "$TMP/elsewhere" "$own"
    echo "a file, not a directory" >"$CRASHES"
    BUNDLES=0
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "leaves no bundle"
    want "files elsewhere" '' "$(find "$TMP/elsewhere" -type f)"
}

# serve HOW: the crash directory is a file system that hangs at HOW.
serve() {
    local waited
    root_only
    [ -c /dev/fuse ] || skip "no /dev/fuse"
    mkdir -p "$CRASHES"
    "$T/hanging_fs" "$CRASHES" "$1" >"$TMP/served" 2>&1 3>&- &
    SERVED=$!
    MOUNTED=$CRASHES
    for waited in {1..500}; do
        grep -q mounted "$TMP/served" && return
        kill -0 $SERVED 2>/dev/null || skip "cannot serve a file system here: $(cat "$TMP/served")"
        sleep 0.01
    done
    fail "waited $waited times for $(cat "$TMP/served")"
}

# died_in_time VERB...: nothing here may look into the directory, which hangs.
died_in_time() {
    SHIM=(CRUMPLE_TIMEOUT=2s) ORPHANS=allowed
    run_without "$@"
    run_with "$@"
    want "status" 11 "$(status_of with signal)"
    same_death
}

# The first attempt hangs in the kernel, the second one has this thread alone and the other directory.
second_attempt() {
    serve "$1"
    died_in_time parked 3
    CRASHES=$TMP/fallback
    in_fallback
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    report '.soft_errors | tostring' | grep -q 'first attempt.*hung' || fail "soft_errors: $(report .soft_errors)"
}

@test "a file system that hangs when a file is made: in time, and a bundle in the other directory [row 56]" {
    second_attempt create
}

@test "a file system that hangs when a file is written: in time, and a bundle in the other directory [row 56]" {
    second_attempt write
}

@test "a file system that hangs under the writer: in time, and a line says where the core is [row 56]" {
    serve read
    died_in_time parked 3
    expect_said "crumple-writer hangs.*$CRASHES.*.core"
    expect_said "SIGSEGV at address 0x0"
}

@test "no quota is left for the crash directory: the bundle is in the other directory [row 56]" {
    serve quota
    SHIM=(CRUMPLE_TIMEOUT=3s)
    fell_back parked 3
    expect_said "quota"
}
