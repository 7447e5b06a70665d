#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A Go program with C in it (row 62). Go takes every signal by raw system calls and ends by raw exit_group: what is seen
# is what comes back to the handler that Go found when it started.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup_file() { build_runtime go; }
setup() {
    setup_runtime
    GO=$RT/cgo
    unset GOTRACEBACK GODEBUG
}
teardown() { teardown_crash; }

@test "Go: nil pointers and divisions recovered 10,000 times, preemption, threads of C, Notify(SIGSEGV) are undisturbed [row 62]" {
    undisturbed 0 "$GO" work
    grep -q 'dereferences 10000' "$TMP/with.out"
}

@test "Go: os.Exit is a raw system call: its status, no bundle [row 62]" {
    undisturbed 3 "$GO" exit
}

@test "Go: a panic and a nil pointer that nobody recovers: Go's words, status 2, no bundle [row 62]" {
    BUNDLES=0
    dies "$GO" go-panic
    own_words err 'panic: on purpose'
    expect_status 0 2
    dies "$GO" go-nil
    own_words err 'nil pointer dereference'
    expect_status 0 2
}

@test "Go: GOTRACEBACK=crash: Go's words, SIGABRT through the handler that Go found [row 62]" {
    export GOTRACEBACK=crash
    dies "$GO" go-nil
    own_words err 'nil pointer dereference'
    expect_status 6 -
    expect_title "Go panic"
    expect_frames runtime.raise.abi0 runtime.dieFromSignal
}

@test "Go: GOTRACEBACK=crash: a panic is named by its own functions, a fault in C by none, and they are no group [row 62]" {
    export GOTRACEBACK=crash
    dies "$GO" go-panic
    expect_title "Go panic in main.main"
    want "the group of a panic" "Go panic | main.main" "$(report .signature)"
    rm -rf "$CRASHES"
    dies "$GO" go-nil
    expect_title "Go panic in main.main"
    rm -rf "$CRASHES"
    dies "$GO" c-null
    expect_title "Go panic, unknown in cgo"
    want "the group of a fault in C" "Go panic | unknown in cgo" "$(report .signature)"
    rm -rf "$CRASHES"
    dies "$GO" c-abort
    expect_title "Go panic, unknown in cgo"
}

@test "Go: a fault in C called by Go: Go's words, status 2, no bundle; with GOTRACEBACK=crash a bundle [row 62]" {
    BUNDLES=0
    dies "$GO" c-null
    own_words err 'SIGSEGV: segmentation violation'
    expect_status 0 2
    export GOTRACEBACK=crash
    BUNDLES=1
    dies "$GO" c-null
    expect_status 6 -
}

@test "Go: a fault in a thread made by C: the original fault is reported [row 62]" {
    dies "$GO" c-thread
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV c_null_write
    expect_frames c_null_write c_thread clone3
}

@test "Go: abort() in C: Go's words, status 2, no bundle [row 62]" {
    BUNDLES=0
    dies "$GO" c-abort
    own_words err 'SIGABRT: abort'
    expect_status 0 2
}

@test "Go: SIGPIPE in C called by Go means nothing, with CRUMPLE_SIGNALS=pipe as well; in a thread of C it kills [row 62]" {
    local signals
    for signals in thread pipe; do
        SHIM=("CRUMPLE_SIGNALS=$signals")
        rm -rf "$CRASHES"
        undisturbed 0 "$GO" c-reply
        grep -q 'errno 32' "$TMP/with.out"
        both "$GO" c-reply-thread
        want "status" 13 "$(status_of without signal)"
        same_status
    done
}

@test "Go: C goes back to the default by signal() and raises: a bundle [row 62]" {
    dies "$GO" c-default
    expect_status 11 -
    expect_title 'SIGSEGV sent by the process itself'
}
