#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Routines that are run again in place: same thread, same argument, later and later, and then no more.

load helpers
setup() {
    setup_recovery
    RULES='cleanup_main=restart'
    CASE_SHIM=(CRUMPLE_BACKOFF='10ms..50ms,3/10s' CRUMPLE_BREAKER=trip=1000)
}

@test "a routine that faults twice is run a third time, in the same thread with the same argument" {
    run_program routines restarts 2
    lives
    want "value" 7 "$(fact value)"
    want "runs" 3 "$(fact runs)"
    want "changed" '' "$(fact changed)"
    want "other" 5 "$(fact other)"
    want "restarts" 2 "$(count_events restart)"
    want "contained" 2 "$(count_events contained)"
    want "actions" 'restart restart' "$(events -r 'select(.event == "contained") | .action' | paste -sd' ')"
}

@test "a run that leaves by pthread_exit does not meet the cleanup handlers of the one that faulted" {
    RULES='exits_main=restart'
    run_program routines restart-exits
    lives
    want "value" 7 "$(fact value)"
    want "runs" 2 "$(fact runs)"
    want "cleanup handlers, run at most once" 1 "$(fact cleanups_at_most_once)"
    want "other" 5 "$(fact other)"
}

@test "the delay before a restart doubles, within its jitter, up to the limit" {
    CASE_SHIM=(CRUMPLE_BACKOFF='20ms..50ms,5/10s' CRUMPLE_BREAKER=trip=1000)
    run_program routines restarts 4
    lives
    want "attempts in order" 4 "$(count_events restart)"
    index_of "$TMP" | gojq -e -s '[.[] | select(.event == "restart") | .delay_ms] |
        .[0] >= 15 and .[0] <= 25 and .[1] >= 31 and .[1] <= 49 and .[2] >= 39 and .[2] <= 61 and .[3] >= 39 and .[3] <= 61' ||
        fail "$(events .)"
}

@test "restart:die: a routine that faults for ever kills the process on purpose" {
    RULES='cleanup_main=restart:die'
    run_program routines restarts 1000
    dies 11 'restarted too often'
    want "restarts" 3 "$(count_events restart)"
}

@test "restart:park: a routine that faults for ever is switched off, the others go on" {
    RULES='cleanup_main=restart:park'
    run_program routines restarts 1000
    lives
    want "value" ETIMEDOUT "$(fact value)"
    want "runs" 4 "$(fact runs)"
    want "other" 5 "$(fact other)"
    want "parked" 1 "$(count_events parked)"
    said 'cleanup_main): the routine is parked, the process lives, '
    said 'cleanup_main was restarted too often; it is parked'
    want "faults after which it starts again" 3 "$(grep -c 'the routine starts again' "$TMP/err")"
}

@test "restart:park: a parked routine is tried again when its time has come" {
    RULES='cleanup_main=restart:park'
    CASE_SHIM=(CRUMPLE_BACKOFF='10ms..20ms,2/10s' CRUMPLE_BREAKER='trip=1,interval=60s,timeout=500ms')
    run_program routines restarts 4
    lives
    want "value" 7 "$(fact value)"
    want "runs" 5 "$(fact runs)"
    [ "$(count_events parked)" -ge 1 ] || fail "never parked: $(events .)"
    want "parked and unparked" "$(count_events parked)" "$(count_events unparked)"
}

@test "a std::thread is not run again: its argument is gone" {
    needs_cxx
    RULES='*cleanup_main*=restart'
    run_program routines std-restarts 1
    dies 11 'restart of a std::thread'
}

@test "a routine is not run again because of a rule for everybody" {
    RULES='*=restart'
    run_program routines restarts 1
    dies 11 'restart of a routine the policy does not name'
}
