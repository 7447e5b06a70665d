#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Containment in programs of musl: the cases of tests/contain that are in C, and what pthread_exit does otherwise there.

TEST_LIBC=musl
load ../contain/helpers
setup() { setup_recovery; }

@test "musl: every kind of fault ends clean or in a reported death" {
    judge_family def faults
}

@test "musl: a fault inside of libc ends clean or in a reported death" {
    judge_family def libc
}

@test "musl: a fault between cleanup handlers, cancelled or not ends clean or in a reported death" {
    local names
    mapfile -t names < <(cases_of cleanup | grep -v walks) # musl unwinds nothing
    judge_all def "${names[@]}"
}

@test "musl: every kind of lock, held or given back, ends clean or in a reported death" {
    judge_family def locks
}

@test "musl: a frame that only an unwinding would put in order refuses; beside it, C with exceptions is as other C" {
    judge_all cex attribute attribute_free c_cleanup_callee_free nil_write
}

@test "musl: a detached thread ends, and unmaps its own stack" {
    judge def nil_write --detached
    judge def c_cleanup_callee_free --detached
}

@test "musl: the report says that cleanup handlers ran, and the page of the fault does" {
    run_case "$TMP" def c_cleanup_callee_free
    want "how" handlers "$(report_in . contained | gojq -r .recovery.how)"
    run -0 "$BUILD/crumple" show --dir crashes last
    [[ $output == *'the thread was ended; the process lives (by pthread_exit: its cleanup handlers ran)'* ]] || fail "$output"
}

# guarded VERB [ARGUMENT]: the program's output, on one line
guarded() {
    timeout 20 env CRUMPLE_DIR="$CRASHES" CRUMPLE_RECOVER='*=contain' LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$T$LIBC/musl_guarded" "$@" 2>err | paste -sd' '
}

@test "musl: a guard is left by a jump over its handlers; those around it run once, when the thread ends" {
    want "faults" "guard=1 guard=1 outer joined=7" "$(guarded faults)"
}

@test "musl: pthread_exit and cancellation leave a guard by its handlers" {
    want "exits" "inner outer joined=5" "$(guarded exits)"
    want "is cancelled" "inner outer joined=-1" "$(guarded cancelled)"
}

@test "musl: an exception that would pass handlers is left to the program, which aborts; others are caught" {
    want "without a handler" 'joined=-1' "$(guarded throws)"
    grep -q '^crumple: contained uncaught exception ' err || fail "$(cat err)"
    want "with a handler" 'handler joined=-1' "$(guarded throws-over)"
    grep -q '^crumple: contained SIGABRT ' err || fail "$(cat err)"
}

@test "musl: pthread_once is taken back when a thread ends inside of it" {
    want "once" 'joined=-1 init' "$(guarded once)"
}

# 128 KiB, without the guard, the thread's descriptor and its keys.
@test "musl: of a thread's stack only the last 16 KiB are too few for its end" {
    want "before" 'joined=-1' "$(guarded deep 110000)"
    want "in them" '' "$(guarded deep 118000)"
    grep -q '^crumple: not contained: stack nearly used up' err || fail "$(cat err)"
    guarded deep 140000 >/dev/null
    grep -q '^crumple: not contained: stack overflow' err || fail "$(cat err)"
}

# The numbers of threads are those of flags, descriptors and counts there.
@test "musl: a FILE's owner is found where threads have small numbers" {
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespaces here"
    local before name
    for before in 0 1 2 3 6 7; do
        for name in stdio_flockfile stdio_flockfile_free; do
            rm -rf crashes
            # shellcheck disable=SC2016 # the variables are the inner shell's
            "$T/runner" -t "$LIMIT_MS" -g 2000 -o status unshare -pf --kill-child --mount-proc \
                sh -c 'n=$1; shift; while [ "$n" -gt 0 ]; do (:); n=$((n - 1)); done; "$@"; exit $?' sh $before \
                env TMPDIR="$TMP" CRUMPLE_DIR="$CRASHES" CRUMPLE_RECOVER="$RULES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
                "$T$LIBC/contain/def/cases" $name >out 2>err </dev/null || fail "$name is wedged" "$(cat err)"
            case $name in
            *_free) want "$name after $before" 1 "$(fact survived)" ;;
            *) want "$name after $before" 'holds a locked FILE' "$(report_in . crash | gojq -r .recovery.decision)" ;;
            esac
        done
    done
}
