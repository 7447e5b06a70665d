#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2034 # helpers.bash sets and reads them
# What must not leave the process in a bundle.
load helpers

setup() {
    setup_crash
    VICTIM=$T$LIBC/secrets
    export GIVEN=ENVIRONMENT_s3cr3t_value_of_some_length
}

teardown() {
    teardown_crash
}

# none_of PATTERN: in no member of the bundle
none_of() {
    zstd -dc "$BUNDLE" | grep -aq "$1" && fail "the bundle holds $1"
    return 0
}

is_whole() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV fault 'NULL pointer'
    expect_calls fault main
}

@test "memory that is not marked is there: the test can notice" {
    crash plain
    is_whole
    zstd -dc "$BUNDLE" | grep -aq PLAIN_s3cr3t_value
}

@test "strings of the environment that a frame points to stay out of the core" {
    crash environment
    is_whole
    none_of ENVIRONMENT_s3cr3t
}

@test "strings of an environment that the program has moved stay out as well" {
    crash moved
    is_whole
    none_of ENVIRONMENT_s3cr3t
}

@test "memory with MADV_DONTDUMP stays out, also within .data" {
    crash dontdump
    is_whole
    none_of DONTDUMP_s3cr3t
    rm -rf "$CRASHES"
    crash data
    is_whole
    none_of DATA_s3cr3t
}

@test "a stack with MADV_DONTDUMP stays out: the thread has its registers" {
    PARTIAL=yes
    run_without stack
    run_with stack
    same_death
    right_files
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV fault 'NULL pointer'
    none_of STACK_s3cr3t
}

@test "memory of memfd_secret stays out" {
    local status=0
    "$VICTIM" memfd >/dev/null 2>&1 || status=$?
    [ "$status" -ne 77 ] || skip "this kernel has no memfd_secret (it needs secretmem.enable=1 before Linux 6.5)"
    crash memfd
    is_whole
    none_of MEMFD_s3cr3t
}

@test "where it is not known what is marked, only stacks are captured, and a line says so" {
    needs_root
    VICTIM=unshare PARTIAL=yes
    crash --mount bash -c 'umount -l /proc && exec "$0" dontdump' "$T$LIBC/secrets"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    none_of DONTDUMP_s3cr3t
    report '.soft_errors[]' | grep -q '^only stacks were captured: MADV_DONTDUMP memory could not be identified'
}

@test "a title over all arguments does not show the environment behind it, and a longer one is whole" {
    crash title
    want "command line" "$(printf "%0$((${#VICTIM} + 7))d" 0 | tr 0 T)" "$(report '.cmdline[0]')"
    want "arguments" 1 "$(report '.cmdline | length')"
    rm -rf "$CRASHES"
    crash long-title
    want "command line" "a title that is longer than all arguments were, and so goes on where the environment was" \
        "$(report '.cmdline[0]')"
}

@test "passwords on the command line are in no report" {
    crash plain --password=cl1secret --requirepass cl1secret redis://u:cl1secret@h
    want "command line" "plain --password=[redacted] --requirepass [redacted] redis://u:[redacted]@h" \
        "$(report '.cmdline[1:] | join(" ")')"
    "$BUILD/crumple" show --all "$BUNDLE" >"$TMP/shown"
    ! grep cl1secret "$TMP/shown" "$TMP/with.err" "$CRASHES"/*/crashes.ndjson || return 1
    ! tar --zstd -xOf "$BUNDLE" report.json report.txt | grep cl1secret || return 1
}
