#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# After a fault was contained: what was promised of the thread's end is looked after.

load helpers
setup() {
    setup_recovery
    RULES='victim_main=contain'
}

@test "a thread that does not end within two seconds takes the process with it, reported" {
    run_program afterwards hang
    dies 11 'did not end within 2 s'
    want "contained" 1 "$(count_events contained)"
    want "escalated" 1 "$(count_events escalated)"
}

@test "a lock that a destructor of the thread takes and keeps is found" {
    run_program afterwards lock
    dies 11 'a lock is held after the thread was ended'
}

@test "a fault in a destructor of the thread is a crash of its own" {
    run_program afterwards fault
    dies 11 'a second fault while the thread was being ended'
}

@test "a thread that ends is no trouble" {
    run_program afterwards clean
    lives
}

@test "the process that looks after ended threads may be killed: the next fault starts another" {
    run_program afterwards killed
    lives
    want "killed" 1 "$(fact killed)"
    want "contained" 2 "$(count_events contained)"
}
