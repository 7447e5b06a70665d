#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Capture of all threads: many, deaf, home-made, and two that fault at once (rows 43, 45, 49, 50, 71-73).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

threads_in() {
    report "[.threads[] | select([.frames[].function] | index(\"$1\"))] | length"
}

# parked N: all of them captured, in the place where they sleep.
parked() {
    crash parked "$1"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    expect_title SIGSEGV write_through_null
    want "parked threads" "$1" "$(threads_in park)"
    unwound_to_start
}

@test "1 parked thread is captured [row 43]" {
    parked 1
}

@test "10 parked threads are captured [row 43]" {
    parked 10
}

@test "1,000 parked threads are captured [row 43]" {
    parked 1000
}

@test "5,000 parked threads are captured [row 43]" {
    LIMIT_MS=10000
    parked 5000
}

@test "neighbours in sigwaitinfo, signalfd and epoll_pwait with everything blocked never see our signal [row 45]" {
    local place
    crash blocked-neighbours
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    for place in wait_in_sigwaitinfo wait_in_signalfd wait_in_epoll_pwait; do
        want "threads in $place" 1 "$(threads_in $place)"
    done
    unwound_to_start
}

@test "a C11 thread is captured [row 49]" {
    crash c11-thread
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "threads in park_c11" 1 "$(threads_in park_c11)"
    unwound_to_start
}

@test "a SIGEV_THREAD timer's threads are captured [row 49]" {
    crash timer-thread
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "threads in park_in_timer" 1 "$(threads_in park_in_timer)"
    unwound_to_start
}

@test "a thread made by the clone system call is captured [row 49]" {
    crash clone-thread
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "the bare thread" captured "$(report ".threads[] | select(.tid == $(fact bare_tid)).state")"
    want "threads in bare_thread_sleeps" 1 "$(threads_in bare_thread_sleeps)"
    unwound_to_start
}

@test "a thread without a thread pointer is captured [row 73]" {
    crash clone-thread-without-tls
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "the bare thread" captured "$(report ".threads[] | select(.tid == $(fact bare_tid)).state")"
    want "threads in bare_thread_sleeps" 1 "$(threads_in bare_thread_sleeps)"
    unwound_to_start
}

# Either may win; the other was already at fault, or stopped just before it could be.
two_at_once() {
    local winner=write_through_null other
    rm -rf "$CRASHES"
    run_with together 2
    want "status" 11 "$(status_of with signal)"
    right_files
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function $winner
    want "threads" 3 "$(report '.threads | length')"
    want "crashed" 1 "$(report '[.threads[] | select(.crashed)] | length')"
    other=$(report '[.threads[] | select((.crashed | not) and ([.frames[].function] | index("fault_at_barrier")))] |
        "\(length) \(.[0].name) \(.[0].also_faulted) \(.[0].frames[0].function)"')
    case $other in
    "1 worker true write_through_null") also=$((also + 1)) ;;
    "1 worker false "*) ;;
    *) fail "the other thread: $other" ;;
    esac
}

@test "two threads fault in the same instant, 20 times: one bundle each time [row 50]" {
    local also=0
    for _ in {1..20}; do
        two_at_once
    done
    [ "$also" -gt 0 ] || fail "never listed as also faulted"
}

@test "a fault in a thread with an alternate stack of 2,048 or 3,072 bytes is reported [row 71]" {
    local size
    for size in 2048 3072; do
        rm -rf "$CRASHES"
        crash small-altstack "$size"
        want "size read back" "$size" "$(fact altstack_bytes)"
        want "stack read back" 1 "$(fact altstack_kept)"
        expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
        expect_function write_through_null
        unwound_to_start
    done
}

@test "a neighbour with an alternate stack of 2,048 or 3,072 bytes is captured [row 71]" {
    local size
    for size in 2048 3072; do
        rm -rf "$CRASHES"
        crash small-altstack-neighbour "$size"
        want "size read back" "$size" "$(fact altstack_bytes)"
        expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
        unwound_to_start
    done
}

# Captured by the fallback, or listed with the reason.
no_signal_queue() {
    run_without no-signal-queue "$1"
    run_with no-signal-queue "$1"
    same_death
    right_files
    MISSING=$(report '[.threads[] | select(.state != "captured")] | length')
    right_threads
    echo "missing with a limit of $1: $MISSING"
    want "other reasons than the queue" 0 \
        "$(report '[.threads[] | select(.state == "missing" and (.reason | test("queue|SIGPENDING") | not))] | length')"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
}

@test "500 threads are captured with room for 16 queued signals [row 72]" {
    no_signal_queue 16
    want "missing threads" 0 "$MISSING"
}

@test "500 threads are captured with no room for a queued signal [row 72]" {
    no_signal_queue 0
}
