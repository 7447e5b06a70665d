#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Signals from somebody, and masks (rows 20-23, 42).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "row 20: kill -SEGV from another process" {
    RUNNER_OPTIONS=(-k 11)
    crash idle
    expect_signal 11 SIGSEGV SI_USER
    want "sender" "$(status_of with sender) $(id -u) true" "$(report '.signal | "\(.pid) \(.uid) \(.sent)"')"
    want "address" null "$(report .signal.addr)"
    expect_calls epoll_wait serve_events idle main
    expect_title SIGSEGV sent
    unwound_to_start
}

@test "row 20: kill -ABRT from another process" {
    RUNNER_OPTIONS=(-k 6)
    crash idle
    expect_signal 6 SIGABRT SI_USER
    want "sender" "$(status_of with sender)" "$(report .signal.pid)"
    expect_title SIGABRT sent
}

@test "row 21: tgkill of the own thread" {
    crash tgkill-self
    expect_signal 11 SIGSEGV SI_TKILL
    want "sender" "$(fact pid) true" "$(report '.signal | "\(.pid) \(.sent)"')"
    expect_calls send_to_own_thread tgkill_self worker_main
    expect_title SIGSEGV sent
    unwound_to_start
}

@test "row 22: queued SIGABRT with a value" {
    crash sigqueue-abort
    expect_signal 6 SIGABRT SI_QUEUE
    want "value" "$(fact value)" "$(report .signal.value)"
    expect_calls queue_abort_signal sigqueue_abort worker_main
    expect_title SIGABRT sent
    unwound_to_start
}

@test "row 23: SIGTERM and SIGINT are not ours" {
    local number
    BUNDLES=0
    for number in 15 2; do
        RUNNER_OPTIONS=(-k "$number")
        crash idle
        want "status" "$number" "$(status_of with signal)"
        want "stderr" '' "$(cat "$TMP/with.err")"
    done
}

@test "row 23: an application's own SIGTERM handler runs as ever" {
    BUNDLES=0 RUNNER_OPTIONS=(-k 15)
    crash idle-handled
    want "exit code" 3 "$(status_of with exit)"
    want "handler" 1 "$(fact farewell)"
    want "stderr" '' "$(cat "$TMP/with.err")"
}

@test "row 42: every signal blocked through libc" {
    crash all-blocked
    want "the mask reads back as set" 1 "$(fact mask_kept)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "a healthy end leaves nothing, whatever its status" {
    local status
    BUNDLES=0
    for status in 0 3; do
        crash exit "$status"
        want "exit code" "$status" "$(status_of with exit)"
        want "stderr" '' "$(cat "$TMP/with.err")"
    done
}

@test "CRUMPLE=0 makes it inert" {
    BUNDLES=0 SHIM=(CRUMPLE=0)
    crash null-write
    want "status" 11 "$(status_of with signal)"
    want "stderr" '' "$(cat "$TMP/with.err")"
}
