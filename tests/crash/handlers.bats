#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Applications with signal handlers of their own see what they would see without crumple (row 61), and a child that
# dies leaves its own bundle (row 58).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

# quietly VERB...: no bundle, no word.
quietly() {
    BUNDLES=0
    crash "$@"
    want "stderr" '' "$(cat "$TMP/with.err")"
}

# Everything that libc tells goes to stdout, which 'crash' compares, digits and all.
@test "the signal functions tell a worker the same as without crumple" {
    quietly --worker views
    diff "$TMP/without.out" "$TMP/with.out"
}

@test "the signal functions tell the main thread the same as without crumple" {
    quietly --main views
    diff "$TMP/without.out" "$TMP/with.out"
}

@test "the signal functions tell the same of the signals of CRUMPLE_SIGNALS" {
    SHIM=("CRUMPLE_SIGNALS=pipe,term,usr1")
    quietly --worker views
    diff "$TMP/without.out" "$TMP/with.out"
}

@test "an application's handler that recovers leaves no bundle [row 61a]" {
    quietly handler-recovers
    want "exit code" 0 "$(status_of with exit)"
    want "recoveries" 3 "$(grep -c handler=recovers "$TMP/with.out")"
}

@test "an application's handler that raises the signal again: the original fault is reported [row 61b]" {
    crash handler-reraises
    want "handler" "sees the fault" "$(fact handler)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "promoted" true "$(report .signal.promoted)"
    expect_calls write_through_null handler_reraises worker_main
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "a handler that raises the blocked signal and returns: the place of the fault is reported [row 61b]" {
    crash handler-reraises-blocked
    want "handler" "sees the fault" "$(fact handler)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "promoted" true "$(report .signal.promoted)"
    expect_function write_through_null
    unwound_to_start
}

# killed_process [open]: which thread dies of it is a race.
killed_process() {
    run_without handler-kills-process "$@"
    for _ in {1..20}; do
        rm -rf "$CRASHES"
        run_with handler-kills-process "$@"
        judge death files "$THREADS"
        expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
        expect_function write_through_null
        want "signature" "SIGSEGV | write_through_null | handler_kills_process | worker_main" "$(report .signature)"
        want "threads that faulted too" 0 "$(report '[.threads[] | select(.also_faulted)] | length')"
    done
}

@test "a handler that sends the blocked signal to the process: the fault and its thread are reported [row 61b]" {
    killed_process
}

@test "a handler with SA_NODEFER that sends the signal to the process: the fault and its thread are reported [row 61b]" {
    killed_process open
}

@test "a handler that aborts: SIGABRT, with the fault below it on the stack [row 61b]" {
    crash handler-aborts
    want "status" 6 "$(status_of with signal)"
    want "signal" SIGABRT "$(report .signal.name)"
    expect_calls report_and_abort write_through_null handler_aborts worker_main
    expect_title "abort after SIGSEGV in write_through_null"
    want "frames of signals" 1 "$(report '[.threads[0].frames[] | select(.signal_frame)] | length')"
    [[ $(report .signature) == "abort after SIGSEGV"*write_through_null* ]] || fail "$(report .signature)"
    unwound_to_start
}

@test "a handler for one time that returns: a bundle at the second fault [row 61c]" {
    crash handler-once
    want "calls of the handler" 1 "$(grep -c handler=returns "$TMP/with.out")"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    unwound_to_start
}

@test "a handler with SA_ONSTACK, in a thread without an alternate stack, has the thread's own" {
    crash handler-needs-room
    want "report" whole "$(fact report)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "threads that share one alternate stack are stopped each on its own" {
    crash handler-on-shared-stack
    want "handler" aborts "$(fact handler)"
    expect_title "abort after SIGSEGV in write_through_null"
    expect_calls report_and_abort write_through_null handler_on_shared_stack worker_main
    want "threads that are parked" 30 "$(report '[.threads[] | select([.frames[].function] | index("park"))] | length')"
    unwound_to_start
}

# told_by_first_fault FUNCTION: by the first fault, with the stack of the handler above it.
told_by_first_fault() {
    expect_title "SIGSEGV in fault_first: write to address 0x0"
    want "signal" "11 SIGSEGV SEGV_MAPERR 0x0 write" \
        "$(report '.signal | "\(.number) \(.name) \(.code_name) \(.addr) \(.access)"')"
    expect_calls "$1" fault_first worker_main
    [[ $(report .signature) == "SIGSEGV | fault_first | "* ]] || fail "$(report .signature)"
    unwound_to_start
}

@test "a handler that faults itself: the first fault is the cause, the handler's stands beside it [row 61]" {
    local verb
    for verb in handler-faults handler-for-once-faults; do
        rm -rf "$CRASHES"
        crash "$verb"
        want "status" 11 "$(status_of with signal)"
        want "calls of the handler" 1 "$(grep -c handler=faults "$TMP/with.out")"
        told_by_first_fault collect_broken
        [[ $(report .signal.description) == *"the program's own handler faulted, too: SIGSEGV in collect_broken" ]] ||
            fail "$(report .signal.description)"
        want "end" "11 SIGSEGV SEGV_MAPERR 0x0" \
            "$(report '.signal.handler_end | "\(.number) \(.name) \(.code_name) \(.addr)"')"
    done
}

@test "a handler that hangs until SIGABRT comes, to another thread: the first fault is the cause [row 61]" {
    local verb
    for verb in handler-hangs handler-for-once-hangs; do
        rm -rf "$CRASHES"
        ORPHANS=allowed
        crash "$verb"
        want "status" 6 "$(status_of with signal)"
        told_by_first_fault wait_for_ever
        [[ $(report .signal.description) == *"handler hung in wait_for_ever until SIGABRT came, sent by "* ]] ||
            fail "$(report .signal.description)"
        want "end" "6 SIGABRT SI_USER" "$(report '.signal.handler_end | "\(.number) \(.name) \(.code_name)"')"
        want "promoted" false "$(report .signal.promoted)"
    done
}

@test "a handler that hangs past CRUMPLE_HANDLER: the process dies of the first fault [row 61]" {
    local verb
    SHIM=(CRUMPLE_HANDLER=200ms)
    for verb in handler-hangs handler-for-once-hangs; do
        rm -rf "$CRASHES"
        run_with "$verb" alone
        want "status" 11 "$(status_of with signal)"
        judge files index "$THREADS"
        told_by_first_fault wait_for_ever
        [[ $(report .signal.description) == *"the program's own handler hung in wait_for_ever: not ended after 0.2 s" ]] ||
            fail "$(report .signal.description)"
        want "end" 11 "$(report .signal.handler_end.number)"
    done
    rm -rf "$CRASHES"
    run_with abort-handler-hangs
    want "status" 6 "$(status_of with signal)"
    judge files index "$THREADS"
    expect_title "abort in give_in"
    expect_calls wait_for_ever report_and_hang raise abort give_in worker_main
    [[ $(report .signature) == "abort | give_in | "* ]] || fail "$(report .signature)"
}

@test "a handler that ends within CRUMPLE_HANDLER is never reported, and its timer goes with it [row 61]" {
    SHIM=(CRUMPLE_HANDLER=200ms)
    quietly handler-ends-in-time
    want "exit code" 0 "$(status_of with exit)"
    want "sleeps" 2 "$(grep -c '=1$' "$TMP/with.out")"
}

@test "an ignored SIGSEGV kills as without crumple [row 61d]" {
    run_without ignored
    run_with ignored
    same_death
    want "status" 11 "$(status_of with signal)"
}

@test "a forked child leaves its own bundle, its parent sees only this child [row 58]" {
    crash forked-child
    want "exit code" 0 "$(status_of with exit)"
    want "signal of the child" 11 "$(fact child_signal)"
    want "other children" 0 "$(fact more_children)"
    want "signal" "11 SIGSEGV SEGV_MAPERR 0x0" \
        "$(report '.signal | "\(.number) \(.name) \(.code_name) \(.addr)"')"
    expect_function write_through_null
}
