#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2153,SC2154,SC2034,SC2030,SC2031 # helpers.bash sets and reads them
# A program that has asked not to be dumped (PR_SET_DUMPABLE 0): its stacks are reported, its memory is in no file.
load helpers

NOTHING="the program asked not to be dumped (PR_SET_DUMPABLE 0)"

setup() {
    setup_crash
    VICTIM=$T$LIBC/undumpable PARTIAL=yes
}

teardown() {
    teardown_crash
}

# In no file, packed or not, here or in the fallback directory.
no_secret() {
    local file
    want "cores" 0 "$(find "$CRASHES" "$TMP/fallback" -name '*.core' -o -name '*.tmp' | wc -l)"
    while read -r file; do
        if zstd -dcqf "$file" | grep -aq 's3cr3t'; then fail "$file holds the secret"; fi
    done < <(find "$CRASHES" "$TMP/fallback" -type f)
}

# The bundle lacks what is memory, and says so everywhere.
is_kept() {
    no_secret
    want "members" "report.json report.txt maps status limits" \
        "$(tar --zstd -tf "$BUNDLE" | grep -v '^cgroup$\|^environ$' | tr '\n' ' ' | sed 's/ $//')"
    want "registers" 0 "$(report '[.threads[] | select(.registers)] | length')"
    want "soft_errors" "$NOTHING: the bundle has no core and no registers" "$(report '.soft_errors | join("|")')"
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    ! grep -q '^registers' "$TMP/report.txt" || fail "$(cat "$TMP/report.txt")"
}

is_whole() {
    tar --zstd -xOf "$BUNDLE" core | grep -aq UNDUMPABLE_s3cr3t || fail "the core does not hold the local"
    want "soft_errors" 0 "$(report '.soft_errors | length')"
}

@test "asked for by nobody: the core holds it, so the test can notice" {
    crash fault
    is_whole
}

@test "a fault: stacks but no memory, and a line on stderr" {
    crash ask fault
    is_kept
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV end 'NULL pointer'
    expect_calls end main
    expect_said "$NOTHING: the bundle has no core and no registers"
    SHIM=(CRUMPLE_STDERR=json)
    run_with ask fault
    grep '"crumple"' "$TMP/with.err" | gojq -e '.no_core and .path' >/dev/null || fail "$(cat "$TMP/with.err")"
}

@test "an address made of the secret is not shown" {
    run_with ask wild
    right_files
    is_kept
    ! grep -qi '765f7433726333\|v_t3rc3s' "$REPORT" "$TMP/report.txt" "$TMP/with.err" || fail "it is shown"
}

@test "a fault that the program's own handler raises again" {
    run_with ask handled
    right_files
    is_kept
    want "promoted" "true SEGV_MAPERR" "$(report '.signal | "\(.promoted) \(.code_name)"')"
}

@test "abort, an exit event, a forked child" {
    run_with ask abort
    right_files
    is_kept
    rm -rf "$CRASHES"
    SHIM=(CRUMPLE_EXIT=all) EVENT='exit'
    run_with ask exit
    right_files
    is_kept
    rm -rf "$CRASHES"
    SHIM=() EVENT=crash
    run_with ask fork fault
    want "status of the child" 51 "$(status_of with exit)"
    right_files
    is_kept
}

@test "a contained thread" {
    SHIM=(CRUMPLE_RECOVER='routine=contain') EVENT=contained
    run_with ask thread
    grep -q '^alive' "$TMP/with.out" || fail "$(cat "$TMP/with.err")"
    right_files
    is_kept
}

@test "asked for 0 and then for 1, also by the bare call, and exec: whole" {
    local steps
    for steps in "ask want" "ask raw-want" "ask exec" "ask want wrong" "want"; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086
        run_with $steps fault
        right_files
        is_whole
    done
}

@test "a drop of the user is no such wish; with one it counts, also where no process can be started" {
    needs_root
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$COPY"
    copy_shim
    cp "$T$LIBC/undumpable" "$BUILD/crumple" "$COPY/"
    CRASHES=$COPY/crashes BUILD=$COPY VICTIM=$COPY/undumpable BUNDLE_UID=65534
    crash drop fault
    is_whole
    rm -rf "$CRASHES"
    run_with ask want drop fault
    right_files
    is_whole
    rm -rf "$CRASHES"
    run_with ask drop fault
    right_files
    no_secret
    rm -rf "$CRASHES"
    BUNDLES=0
    run_with ask drop no-process fault
    right_files
    no_secret
    expect_said "SIGSEGV at address 0x0 in undumpable"
    expect_said "no process could be started to make the bundle: .*; no core is kept: $NOTHING"
}

@test "at no moment is there a core, and a writer that is missing, ends or hangs leaves none" {
    local writer
    printf '#!/bin/sh\n%s\n' "ls -A >'$TMP/seen'; exec '$BUILD/crumple-writer' \"\$@\"" >"$TMP/looking_writer"
    chmod 755 "$TMP/looking_writer"
    SHIM=(CRUMPLE_WRITER="$TMP/looking_writer")
    crash ask fault
    is_kept
    want "files when the writer starts" '' "$(cat "$TMP/seen")"
    BUNDLES=0
    for writer in "$TMP/missing" "$T/crashing_writer" "$T/hanging_writer"; do
        rm -rf "$CRASHES"
        SHIM=(CRUMPLE_WRITER="$writer" CRUMPLE_TIMEOUT=500ms)
        run_with ask fault
        right_files
        no_secret
        expect_said "SIGSEGV at address 0x0 in undumpable"
        expect_said "no core is kept: $NOTHING"
    done
}

@test "a writer that dies in a stage: the next one makes the bundle, or none and no core" {
    local stage
    mkdir -p "$CRASHES/$(id -u)" && chmod 700 "$CRASHES/$(id -u)"
    SHIM=(CRUMPLE_WRITER="$BUILD/inject/crumple-writer")
    for stage in stacks index; do
        rm -f "$CRASHES"/*/2* "$CRASHES"/*/crashes.ndjson
        echo "$stage:fault" >"$CRASHES/$(id -u)/crumple-inject"
        run_with ask fault
        want "bundles with $stage" 1 "$(count_files '*.tar.zst')"
        no_secret
    done
    rm -f "$CRASHES"/*/2*
    echo "file:fault" >"$CRASHES/$(id -u)/crumple-inject"
    run_with ask fault
    want "bundles" 0 "$(count_files '*.tar.zst')"
    no_secret
    expect_said "no core is kept: it was in memory only (PR_SET_DUMPABLE 0, or CRUMPLE_STACK)"
}

@test "no memory file: the words on stderr and no file" {
    BUNDLES=0
    crash ask no-memfd fault
    no_secret
    expect_said "SIGSEGV at address 0x0 in undumpable"
    expect_said "(memfd_create): Operation not permitted; no core is kept: $NOTHING"
}

@test "a crash directory that cannot be written: the bundle is in the fallback directory" {
    : >"$CRASHES"
    run_with ask fault
    in_fallback
    is_kept
}

@test "crumple show says that there is no core, and why" {
    run_with ask fault
    right_files
    "$BUILD/crumple" show "$BUNDLE" >"$TMP/show.out" || fail "$(cat "$TMP/show.out")"
    grep -qF "$NOTHING" "$TMP/show.out" || fail "$(cat "$TMP/show.out")"
    run -3 --separate-stderr "$BUILD/crumple" show --core "$TMP/core" "$BUNDLE"
    want "words" "crumple: '$BUNDLE' holds no core: $NOTHING; nothing was written" "$stderr"
    run -3 --separate-stderr "$BUILD/crumple" show --gdb "$BUNDLE" -- -batch
    want "words" "crumple: '$BUNDLE' holds no core: $NOTHING; nothing was written" "$stderr"
    [ ! -e "$TMP/core" ] || fail "there is a file"
}
