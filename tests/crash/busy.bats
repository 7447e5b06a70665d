#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What other threads may be doing when one faults: running, sleeping deeply, being made (rows 44 and 46-49).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

plain_fault() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null commit
    expect_title SIGSEGV NULL
}

# with_frame FUNCTION: the number of threads that have it on their stack.
with_frame() {
    report --arg name "$1" '[.threads[] | select(any(.frames[]; .function == $name))] | length'
}

@test "neighbours that run and never call the kernel are captured [row 44]" {
    crash hot-neighbours 3
    plain_fault
    want "running threads captured" 3 "$(with_frame run_hot)"
    unwound_to_start
}

@test "a neighbour in uninterruptible sleep is listed, with the reason [row 44]" {
    MISSING=1 ORPHANS=allowed
    crash deep-sleeper
    plain_fault
    want "reason" uninterruptible "$(report '[.threads[] | select(.state == "missing") | .reason] | join(" ")')"
}

@test "a worker of io_uring is listed as a task of the kernel [row 46]" {
    MISSING=1
    run_without io-uring
    ! grep -q no_io_uring "$TMP/without.out" || skip "no io_uring here"
    crash io-uring
    plain_fault
    want "reason" kernel "$(report '[.threads[] | select(.state == "missing") | .reason] | join(" ")')"
}

# Which threads there are changes while they are counted: only what must hold is compared.
@test "threads may come and go while another faults [row 47]" {
    local strangers
    for _ in {1..10}; do
        rm -rf "$CRASHES"
        run_without churn
        run_with churn
        same_death
        right_files
        plain_fault
        want "faulting thread" "$(fact tid) true" "$(report '.threads[0] | "\(.tid) \(.crashed)"')"
        want "makers of threads" 3 "$(with_frame make_threads)"
        strangers=$(report '[.threads[] | select(.state == "captured" and (.frames | length) == 0)] | length')
        want "captured without frames" 0 "$strangers"
    done
}

@test "threads in the vDSO and in an interrupted sleep are captured [row 48]" {
    crash in-vdso
    plain_fault
    want "in the vDSO or its caller" 1 "$(with_frame ask_the_time)"
    want "sleeping" 1 "$(with_frame sleep_restarted)"
    unwound_to_start
}

@test "the thread of libc's asynchronous I/O is captured [row 49]" {
    crash aio
    plain_fault
    unwound_to_start
}
