#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a thread meets and leaves behind while it is being ended or run again, and what becomes of the process then.

load helpers
setup() {
    setup_recovery
    RULES='*_main=contain'
}

SECOND='a second fault while the thread was being ended'
ONE_BUNDLE=CRUMPLE_KEEP=per_signature=1/1h

# ended_cleanly: the thread was, and the process lives
ended_cleanly() {
    lives
    want "value" CANCELED "$(fact value)"
}

# --- read locks

@test "a read lock that a cleanup handler gives back is given back once" {
    run_program endings read-cleanup
    ended_cleanly
    want "readers" 0 "$(fact readers)"
    want "trywrlock" 0 "$(fact trywrlock)"
}

@test "a read lock that a C++ destructor gives back is given back once" {
    needs_cxx
    run_program endings read-guard
    ended_cleanly
    want "readers" 0 "$(fact readers)"
    want "trywrlock" 0 "$(fact trywrlock)"
}

# --- a second fault

@test "a cleanup handler that ruins the heap is the process's death" {
    run_program endings second-heap
    dies "$([ -z "$LIBC" ] && echo 6 || echo 11)" "$SECOND"
    want "contained" 1 "$(count_events contained)"
}

@test "a fault inside malloc in a cleanup handler is the process's death" {
    needs_glibc "free unmaps the block that the case writes to"
    run_program endings second-malloc
    dies 11 "$SECOND"
    want "contained" 1 "$(count_events contained)"
}

@test "a fault of a cleanup handler that holds stdout is the process's death" {
    run_program endings second-flockfile
    dies 11 "$SECOND"
    want "contained" 1 "$(count_events contained)"
}

@test "a harmless fault of a cleanup handler is survived, counted and told" {
    run_program endings second-plain
    ended_cleanly
    want "contained" 2 "$(count_events contained)"
    want "the second one's lines" 1 "$(events 'select(.event == "contained" and (.signature | startswith("second fault")))' | wc -l)"
    want "told" 2 "$(grep -c '^crumple: contained SIGSEGV' err)"
}

# --- who may not be ended

@test "a child that a thread has forked dies of its fault" {
    run_program endings forked
    lives
    want "child" "signal 11" "$(fact child)"
    want "crashes" 1 "$(count_events crash)"
    want "contained" 0 "$(count_events contained)"
}

@test "the last thread of a process whose main has left is not ended" {
    run_program endings last 1
    dies 11 'the last thread of the process'
    want "contained" 0 "$(count_events contained)"
}

@test "that it is the last thread is seen where the verdict is remembered, too" {
    CASE_SHIM=("$ONE_BUNDLE")
    run_program endings last 3
    dies 11 'the last thread of the process'
    want "contained" 2 "$(count_events contained)"
    want "bundles" 2 "$(events 'select(.path != null)' | wc -l)"
}

@test "after main has left a report still has the stack" {
    local rules
    for rules in '' '*_main=contain'; do
        RULES=$rules
        rm -rf crashes
        run_program endings last 1
        want "signal" 11 "$(status_in . signal)"
        want "frames" 'write_null last_main' "$(report_in . crash | gojq -r '[.threads[].frames[].function][:2] | join(" ")')"
    done
}

@test "a thread of a routine that found no room in the table is not run again" {
    needs_cxx
    RULES='acceptor=restart'
    run_program endings table-full
    dies 11 'restart of a routine the policy does not name'
    want "restarts" 0 "$(count_events restart)"
}

@test "a lock taken past the redirected functions is found" {
    run_program endings unseen-lock 1
    dies 11 'a lock is held that was not recorded'
    want "contained" 0 "$(count_events contained)"
}

@test "a lock taken past the redirected functions is found where the verdict is remembered, too" {
    CASE_SHIM=(CRUMPLE_BREAKER=trip=100)
    run_program endings unseen-lock 9
    dies 11 'a lock is held that was not recorded'
    want "contained" 8 "$(count_events contained)"
    [ "$(events 'select(.suppressed)' | wc -l)" -ge 1 ] || fail "no verdict was remembered:" "$(events .)"
}

# --- what the next code finds

@test "MMX registers in use do not spoil what cleanup handlers calculate" {
    run_program endings mmx
    ended_cleanly
    want "x87" 3.0 "$(fact x87)"
}

@test "a pending exception of the x87 does not come up in a cleanup handler" {
    run_program endings x87-pending
    ended_cleanly
    want "x87" 3.0 "$(fact x87)"
    want "contained" 1 "$(count_events contained)"
}

@test "a restart begins with the signal mask, rounding mode and registers of the first run" {
    RULES='loop_main=restart'
    CASE_SHIM=(CRUMPLE_BACKOFF='1ms..5ms,5/10s')
    run_program endings restart-state
    lives
    want "runs" 2 "$(fact runs)"
    want "SIGUSR1" open "$(fact usr1)"
    want "SIGUSR2" blocked "$(fact usr2)"
    want "rounding" nearest "$(fact rounding)"
    want "x87" 3.0 "$(fact x87)"
}

# --- the process

@test "after setuid no process of root stays beside it, and faults are contained as the new user" {
    [ "$(id -u)" = 0 ] || skip "only root can become another user"
    run_program endings other-user
    ended_cleanly
    want "uid" 65534 "$(fact uid)"
    want "processes of root before" 1 "$(fact of_root_before)"
    want "processes of root after" 0 "$(fact of_root_after)"
    want "processes of root at last" 0 "$(fact of_root_at_last)"
    want "root's events" 1 "$(wc -l <crashes/0/crashes.ndjson)"
    want "the other user's events" 1 "$(wc -l <crashes/65534/crashes.ndjson)"
    want "the other user's files" 65534 "$(stat -c %u crashes/65534/* | sort -u)"
}

@test "a lock kept by a cleanup handler is found where all signals are blocked" {
    run_program endings kept-lock-blocked
    dies 11 'a lock is held after the thread was ended'
    want "escalated" 1 "$(count_events escalated)"
}

# as_init PROGRAM ARGUMENT...: as the first process of a PID namespace. Some processes come before its threads: number 2
# is too small a number to tell from others in memory, and what looks like a lock of thread 2 is taken for one.
as_init() {
    local program=$1
    shift
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespaces here"
    # shellcheck disable=SC2016
    "$T/runner" -t "$LIMIT_MS" -g 2000 -o status unshare -pf --kill-child --mount-proc \
        sh -c '(:); (:); (:); exec "$@"' sh env TMPDIR="$TMP" CRUMPLE_DIR="$TMP/crashes" CRUMPLE_RECOVER="$RULES" \
        LD_PRELOAD="$BUILD/libcrumple.so" "$T/contain/$program" "$@" >out 2>err </dev/null ||
        fail "$program $* is wedged as PID 1; it said:" "$(tail -n 20 out)" "stderr:" "$(tail -n 20 err)"
}

# ends_as_init DECISION: PID 1 has no default actions, a status must do.
ends_as_init() {
    want "status" "signal=0 core=0 exit=139" "$(cut -d' ' -f1-3 status)"
    want "pid" 1 "$(report_in . crash | gojq -r .pid)"
    want "decision" "$1" "$(report_in . crash | gojq -r .recovery.decision)"
    want "contained" 1 "$(count_events contained)"
    want "escalated" 1 "$(count_events escalated)"
    said "not contained"
}

@test "PID 1 of a PID namespace ends, reported, when an ended thread keeps a lock" {
    as_init endings kept-lock
    ends_as_init 'a lock is held after the thread was ended'
}

@test "PID 1 of a PID namespace ends, reported, when an ended thread does not end" {
    as_init afterwards hang
    ends_as_init 'the ended thread did not end within 2 s'
}

# Seven times the delay is more than a fault waits for one other (CRUMPLE_TIMEOUT and a second).
@test "faults that queue up behind a slow writer are all contained" {
    RULES='victim*=contain'
    cat >slow_writer <<END
#!/bin/sh
case \$1 in
--metrics*) ;;
*) /bin/sleep 0.9 ;;
esac
exec $BUILD/crumple-writer "\$@"
END
    chmod +x slow_writer
    CASE_SHIM=(CRUMPLE_WRITER="$TMP/slow_writer" CRUMPLE_TIMEOUT=5s CRUMPLE_BREAKER=trip=100
        CRUMPLE_KEEP=per_signature=100/1h)
    run_program storm together 8
    lives
    want "ended" 8 "$(fact ended)"
    want "contained" 8 "$(count_events contained)"
    want "bundles" 8 "$(find crashes -name '*.tar.zst' | wc -l)"
}

@test "restarts and endings at the same time: each is counted, and the process lives" {
    RULES='loop_*=restart,race_main=contain'
    CASE_SHIM=(CRUMPLE_BACKOFF='100ms..100ms,15/1s' "CRUMPLE_BREAKER=trip=1000000,life=0" "$ONE_BUNDLE")
    run_program endings race 2000
    lives
    want "not ended" '' "$(fact not_ended)"
    # So many lines may have been summed up already.
    want "contained" "$(fact faults)" \
        "$(events -s '[.[] | select(.event == "contained" or .of == "contained") | .count // 1] | add')"
    [ "$(count_events restart)" -ge 4 ] || fail "hardly any restarts: $(count_events restart)"
}

@test "the time in which the process is stopped does not count against the two seconds" {
    run_program endings stopped 3000
    ended_cleanly
    want "cleanup" 'done' "$(fact cleanup)"
    want "escalated" 0 "$(count_events escalated)"
}

@test "nor does a shorter stop, which is over when the two seconds are" {
    run_program endings stopped 1800
    ended_cleanly
    want "cleanup" 'done' "$(fact cleanup)"
    want "escalated" 0 "$(count_events escalated)"
}
