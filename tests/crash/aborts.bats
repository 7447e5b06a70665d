#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Deaths by abort: called, or decided on by libc (rows 12-15).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "abort() is reported [row 12]" {
    crash abort
    expect_signal 6 SIGABRT SI_TKILL
    expect_calls call_abort plain_abort main _start
    expect_title abort call_abort
    unwound_to_start
}

# musl: it has its own words: tests/musl/aborts.bats
# bats test_tags=glibc
@test "a failed assert is reported with its text [row 13]" {
    crash assert
    expect_signal 6 SIGABRT SI_TKILL
    expect_calls check_invariant failed_assert worker_main
    [[ $(report .reason) == *"check_invariant: Assertion \`*level > 0' failed"* ]] || fail "reason: $(report .reason)"
    expect_title Assertion check_invariant
    unwound_to_start
}

# musl: musl's malloc has no words: tests/musl/aborts.bats
# bats test_tags=glibc
@test "a double free that libc finds with the arena locked is reported [row 14]" {
    crash double-free
    expect_signal 6 SIGABRT SI_TKILL
    expect_calls free_twice double_free worker_main
    want "reason" "double free or corruption (out)" "$(report .reason)"
    expect_title "double free" free_twice
    unwound_to_start
}

# musl: musl has no words: tests/musl/aborts.bats
# bats test_tags=glibc
@test "a smashed stack that the protector finds is reported [row 15]" {
    crash stack-smash
    expect_signal 6 SIGABRT SI_TKILL
    expect_calls __stack_chk_fail copy_without_bound
    want "reason" "*** stack smashing detected ***: terminated" "$(report .reason)"
    expect_title "stack smashing" copy_without_bound
}
