#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the hooks of hot functions cost, in instructions: counted by single steps, the same in each run. A limit that a
# change exceeds is to be raised with a reason, or the change to be made smaller.

load helpers

setup() {
    trace_test
    cd "$BATS_TEST_TMPDIR" || return 1
}

# shim_instructions WHAT SETTING...: of one pair, those in libcrumple.so. WHAT may be two words.
shim_instructions() {
    local what
    read -ra what <<<"$1"
    shift
    env "$@" LD_PRELOAD="$BUILD/libcrumple.so" "$BUILD/bench/steps" "${what[@]}" | cut -d' ' -f2
}

# at_most LIMIT WHAT: with CRUMPLE_RECOVER; nothing would mean that the hooks are not switched on.
at_most() {
    local count
    count=$(shim_instructions "$2" CRUMPLE_RECOVER='*=contain')
    [ "$count" -gt 0 ] || fail "the hooks of $2 are not switched on"
    [ "$count" -le "$1" ] || fail "$2: $count instructions of crumple, more than $1"
}

@test "a pair of mutex lock and unlock costs at most 12 instructions more" { at_most 12 mutex; }
@test "a pair inside another costs at most 28" { at_most 28 nested; }
@test "a pair of rwlock calls costs at most 38" { at_most 38 rwlock; }
# 19 of them note who waits for what, and whether the waiter still waits: who owes it a wakeup is not ended.
@test "a pair of semaphore calls costs at most 116" { at_most 116 semaphore; }
@test "a pair of send and recv costs at most 32" { at_most 32 socket; }

@test "without CRUMPLE_RECOVER these calls do not pass through crumple" {
    local what
    for what in mutex nested rwlock semaphore socket; do
        [ "$(shim_instructions "$what" CRUMPLE_STDERR=text)" = 0 ] || fail "$what passes through crumple"
    done
}

# signals_at_most LIMIT WHAT: without CRUMPLE_RECOVER.
signals_at_most() {
    local count
    count=$(shim_instructions "$2" CRUMPLE_STDERR=text)
    [ "$count" -gt 0 ] || fail "$2 does not pass through crumple"
    [ "$count" -le "$1" ] || fail "$2: $count instructions of crumple, more than $1"
}

@test "a pair of sigprocmask costs at most 336 instructions" { signals_at_most 336 mask; }
@test "with a handler of the application for SIGSEGV at most 354" { signals_at_most 354 "mask handled"; }
@test "sigaction and a query of it cost at most 372" { signals_at_most 372 action; }
@test "the same of a signal that is not fatal at most 410" { signals_at_most 410 other; }
@test "a query of sigaltstack costs at most 74" { signals_at_most 74 altstack; }
# 3 of them look whether requests are watched.
@test "ppoll with a mask costs at most 149" { signals_at_most 149 ppoll; }
@test "with a handler of the application for SIGSEGV at most 185 (ppoll)" { signals_at_most 185 "ppoll handled"; }
@test "epoll_pwait with a mask costs at most 149" { signals_at_most 149 epoll; }
@test "seteuid costs at most 50" { signals_at_most 50 user; }
# 2 of them forget the requests of the parent.
@test "a fork in a process of one thread costs at most 52" { signals_at_most 52 fork; }

# One call for each page that the signal frame is moved to: one or two, up to four where the processor has AMX.
@test "a fault that the application handles takes three system calls and one for each page of its frame" {
    local total shim calls
    read -r total shim calls < <(LD_PRELOAD=$BUILD/libcrumple.so "$BUILD/bench/steps" fault)
    [ "$shim" -gt 0 ] || fail "the handler is not entered by crumple ($total instructions)"
    [ "$calls" -le 7 ] || fail "$calls system calls"
}
