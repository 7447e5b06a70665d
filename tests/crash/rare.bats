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

@test "a stack overflow in a thread with the least stack there can be is reported as one [row 28]" {
    crash overflow-small
    expect_signal 11 SIGSEGV SEGV_ACCERR
    expect_function recurse
    expect_title "stack overflow" recurse
}

@test "a stack overflow in a thread whose alternate stack has 8 KiB is reported as one [row 29]" {
    crash overflow-own-signal-stack
    expect_signal 11 SIGSEGV SEGV_ACCERR
    expect_function recurse
    expect_title "stack overflow" recurse
}

@test "a handler that faults on its own alternate stack is reported, down to its thread's start [row 30]" {
    crash in-signal-stack
    plain_fault
    expect_calls fault_on_signal_stack in_signal_stack worker_main
    unwound_to_start
}

@test "a fault with the alternate stack unmapped is reported all the same [row 31]" {
    crash signal-stack-gone
    plain_fault
}

@test "a fault in an atexit handler is reported [row 38]" {
    crash in-atexit
    plain_fault
    expect_calls fault_in_handler exit
}

@test "a fault in a destructor is reported [row 38]" {
    crash in-destructor
    plain_fault
    expect_calls fault_in_destructor exit
}

@test "a fault after every destructor has run is reported [row 38]" {
    crash in-flush
    plain_fault
    expect_calls fault_in_flush exit
}

@test "a fault in the destructor of a thread's key is reported [row 41]" {
    crash in-key-destructor
    plain_fault
    expect_calls fault_in_key_destructor "$(by_libc start_thread pthread_exit)"
}

# musl: musl runs no such destructors; C++ keeps them in a key
# bats test_tags=glibc
@test "a fault in the destructor of a thread-local object is reported [row 41]" {
    crash in-tls-destructor
    plain_fault
    expect_calls fault_in_key_destructor
}

# musl: musl has no makecontext
# bats test_tags=glibc
@test "a fault on a fiber's stack is reported [row 74]" {
    crash in-fiber
    plain_fault
    expect_calls fiber_main
}

# musl: musl has no makecontext
# bats test_tags=glibc
@test "another thread on a fiber's stack is captured [row 74]" {
    crash neighbour-in-fiber
    plain_fault
    [ "$(report '[.threads[] | select(any(.frames[]; .function == "fiber_main"))] | length')" = 1 ]
}

@test "another thread in a handler of the application has both its stacks in the core [row 74]" {
    crash neighbour-in-handler
    plain_fault
    [ "$(report '[.threads[] | [.frames[].function] | select(index("park_in_handler") and index("enter_handler"))] |
        length')" = 1 ] || fail "$(report '.threads[] | [.frames[].function] | join(" ")')"
    unwound_to_start
}
