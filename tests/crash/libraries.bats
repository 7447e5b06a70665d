#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Shared objects: more than a core has room for, and files that change while they run (rows 75, 78).

load helpers
setup() {
    setup_crash
    LIMIT_MS=20000
}
teardown() { teardown_crash; }

@test "a process with 1,500 shared objects: every stack is whole, and nothing is left out [row 78]" {
    run_with many-libraries "$T/libplugin.so" 1500
    judge files index threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "soft errors" "[]" "$(report -c .soft_errors)"
    want "stacks of 25 calls" 10 "$(report '[.threads[].frames | select([.[] | select(.function == "descend")] | length == 25)] | length')"
    unwound_to_start
}
