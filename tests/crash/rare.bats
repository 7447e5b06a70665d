#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Rarer places to fault: the end of a process or thread, signal stacks, fibers (rows 28-31, 38, 40, 41, 74).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

plain_fault() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    expect_title SIGSEGV write_through_null NULL
}

@test "row 28: stack overflow in a thread with the least stack there can be" {
    crash overflow-small
    expect_signal 11 SIGSEGV SEGV_ACCERR
    expect_function recurse
    expect_title "stack overflow" recurse
}

@test "row 29: stack overflow in a thread whose alternate stack has 8 KiB" {
    crash overflow-own-signal-stack
    expect_signal 11 SIGSEGV SEGV_ACCERR
    expect_function recurse
    expect_title "stack overflow" recurse
}

@test "row 30: a handler of the application faults on its own alternate stack" {
    crash in-signal-stack
    plain_fault
    expect_calls fault_on_signal_stack in_signal_stack worker_main
    unwound_to_start
}

@test "row 31: the alternate stack was unmapped: the fault is reported all the same" {
    crash signal-stack-gone
    plain_fault
}

@test "row 38: in an atexit handler" {
    crash in-atexit
    plain_fault
    expect_calls fault_in_handler exit
}

@test "row 38: in a destructor" {
    crash in-destructor
    plain_fault
    expect_calls fault_in_destructor exit
}

@test "row 38: after every destructor has run" {
    crash in-flush
    plain_fault
    expect_calls fault_in_flush exit
}

@test "row 41: in the destructor of a thread's key" {
    crash in-key-destructor
    plain_fault
    expect_calls fault_in_key_destructor start_thread
}

@test "row 41: in the destructor of a thread-local object" {
    crash in-tls-destructor
    plain_fault
    expect_calls fault_in_key_destructor
}

@test "row 74: on a fiber's stack" {
    crash in-fiber
    plain_fault
    expect_calls fiber_main
}

@test "row 74: another thread is on a fiber's stack" {
    crash neighbour-in-fiber
    plain_fault
    [ "$(report '[.threads[] | select(any(.frames[]; .function == "fiber_main"))] | length')" = 1 ]
}

@test "row 74: another thread is in a handler of the application: both its stacks are in the core" {
    crash neighbour-in-handler
    plain_fault
    [ "$(report '[.threads[] | [.frames[].function] | select(index("park_in_handler") and index("enter_handler"))] |
        length')" = 1 ] || fail "$(report '.threads[] | [.frames[].function] | join(" ")')"
    unwound_to_start
}
