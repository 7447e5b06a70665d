#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults of the processor: bad addresses, bad instructions, the end of a stack (rows 1-5, 8-11, 26).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "a write through NULL in the main thread is reported [row 1]" {
    crash null-write
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    expect_calls write_through_null null_write main _start
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "a write to a read-only page in a worker is reported [row 2]" {
    crash readonly-write
    expect_signal 11 SIGSEGV SEGV_ACCERR "$(fact addr)"
    expect_function write_to_readonly_page
    expect_title SIGSEGV write_to_readonly_page
    want "name of the thread" worker "$(report '.threads[0].name')"
    unwound_to_start
}

@test "an access to a non-canonical address is reported [row 3]" {
    crash noncanonical-read
    expect_signal 11 SIGSEGV SI_KERNEL 0x0
    expect_function read_noncanonical_address
    expect_title SIGSEGV read_noncanonical_address
    unwound_to_start
}

@test "a jump to NULL is unwound to its caller [row 4]" {
    crash jump-to-null
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "fault pc" 0x0 "$(report '.threads[0].frames[0].pc')"
    expect_function call_through_pointer 1
    want "trust of the caller" call "$(report '.threads[0].frames[1].trust')"
    expect_title SIGSEGV call_through_pointer
    unwound_to_start
}

@test "a jump to a page that holds no code is unwound to its caller [row 5]" {
    crash jump-to-data
    expect_signal 11 SIGSEGV SEGV_ACCERR "$(fact addr)"
    want "fault pc" "$(fact addr)" "$(report '.threads[0].frames[0].pc')"
    expect_function call_through_pointer 1
    expect_title SIGSEGV call_through_pointer
    unwound_to_start
}

@test "a division by zero is reported [row 8]" {
    crash divide-by-zero
    expect_signal 8 SIGFPE FPE_INTDIV "$(report '.threads[0].frames[0].pc')"
    expect_function divide
    expect_title SIGFPE divide
    unwound_to_start
}

@test "an undefined instruction is reported [row 9]" {
    crash undefined-instruction
    expect_signal 4 SIGILL ILL_ILLOPN "$(report '.threads[0].frames[0].pc')"
    expect_function run_undefined_instruction
    expect_title SIGILL run_undefined_instruction
    unwound_to_start
}

@test "an unaligned vector load is reported [row 9]" {
    crash unaligned-vector
    expect_signal 11 SIGSEGV SI_KERNEL 0x0
    expect_function load_unaligned_vector
    expect_title SIGSEGV load_unaligned_vector
    unwound_to_start
}

@test "a breakpoint without a debugger is reported [row 10]" {
    crash breakpoint
    expect_signal 5 SIGTRAP SI_KERNEL
    expect_function run_breakpoint
    expect_title SIGTRAP run_breakpoint
    unwound_to_start
}

@test "an access to a mapping beyond the end of its file is reported [row 11]" {
    crash truncated-mapping
    expect_signal 7 SIGBUS BUS_ADRERR "$(fact addr)"
    expect_function read_past_end_of_file
    expect_title SIGBUS read_past_end_of_file
    unwound_to_start
}

# overflows WHERE FUNCTION VERB...: a deep stack, cut in the middle, said to be an overflow.
overflows() {
    crash "$1" "$3"
    want "status" 11 "$(status_of with signal)"
    expect_signal 11 SIGSEGV "$(report .signal.code_name)" # of a guard page, or of nothing at all
    expect_function "$2"
    expect_function "$2" 5
    want "truncated" true "$(report '.threads[0].truncated')"
    [ "$(report '.threads[0].frames | length')" -le 256 ] || fail "more frames than the limit"
    expect_title "stack overflow" "$2"
}

@test "a stack overflow by recursion in a worker is reported as one [row 26]" {
    overflows --worker recurse_for_ever overflow
    expect_signal 11 SIGSEGV SEGV_ACCERR
}

@test "a stack overflow that leaps into the guard of a worker's stack is reported as one [row 26]" {
    overflows --worker recurse_in_leaps overflow-in-leaps
}

@test "a stack overflow in the main thread is reported as one [row 27]" {
    overflows --main recurse_for_ever overflow
}

@test "a stack overflow that leaps below the main thread's stack is reported as one [row 27]" {
    overflows --main recurse_in_leaps overflow-in-leaps
}
