#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a dump could do to a process that is well.

load helpers
setup() {
    setup_crash
    LIVE=''
}
teardown() {
    [ -z "$LIVE" ] || kill -KILL "$LIVE" 2>/dev/null || true
    teardown_crash
}

# live VERB [ARGUMENT...]: the victim under crumple, in the background; LIVE is its pid.
live() {
    : >"$TMP/with.out" # of an earlier one, it has the line already
    env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD="${LIBRARY:-$BUILD$LIBC/libcrumple.so}" \
        "$VICTIM" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    LIVE=$!
    for _ in {1..500}; do
        ! grep -q '^tasks=' "$TMP/with.out" || return 0
        sleep 0.02
    done
    fail "the victim is not there:" "$(cat "$TMP/with.err")"
}

@test "one thread has a filter that kills: nothing is sent, to any of them" {
    live live-with-filtered-thread
    run -3 "$BUILD/crumple" dump "$LIVE"
    [[ $output == *"has a system call filter of its own"*"nothing was sent"* ]] || fail "$output"
    kill -0 "$LIVE" || fail "it is dead"
}

@test "the helper is killed when the threads go on already: the next request is served" {
    LIBRARY=$BUILD/inject$LIBC/libcrumple.so SHIM=(INJECT_STAGE=saved:kill)
    live live-parked 2
    run ! "$BUILD/crumple" dump --timeout 1 "$LIVE"
    run -0 "$BUILD/crumple" dump --timeout 5 "$LIVE"
    kill -TERM "$LIVE"
    wait "$LIVE"
    LIVE=''
}

# musl: the program is a Python of glibc
# bats test_tags=glibc
@test "a program's own SIGSTKFLT still reaches its handler after a dump" {
    local python
    python=$(command -v python3)
    VICTIM=$python live -uc '
import signal, os, time
got = []
signal.signal(signal.SIGTERM, lambda *_: os._exit(len(got)))
signal.signal(signal.SIGSTKFLT, lambda *_: got.append(1))
print("tasks=1")
while True: time.sleep(0.01)'
    "$BUILD/crumple" dump "$LIVE"
    for _ in 1 2 3; do
        kill -STKFLT "$LIVE"
        sleep 0.1
    done
    kill -TERM "$LIVE"
    local status=0
    wait "$LIVE" || status=$?
    LIVE=''
    want "signals" 3 "$status"
}

@test "a helper that faults outside all stages ends by itself, and not of a signal that makes a core" {
    local log=$TMP/strace
    LIBRARY=$BUILD/inject$LIBC/libcrumple.so SHIM=(INJECT_STAGE=collected:fault)
    live live-parked 2
    strace -f -qq -e trace=exit_group -e signal=SEGV -o "$log" -p "$LIVE" &
    local tracer=$!
    # strace attaches to each thread, since any of them may start the helper, and stops each for a moment.
    while grep -L "^TracerPid:[[:space:]]*$tracer" "/proc/$LIVE"/task/*/status | grep -q .; do sleep 0.02; done
    output='is stopped'
    while [[ $output == *"is stopped"* ]]; do run ! "$BUILD/crumple" dump --timeout 1 "$LIVE"; done
    for _ in $(seq 500); do ! grep -q 'exit_group(1)' "$log" || break; sleep 0.02; done # strace writes when it comes to it
    grep -q 'exit_group(1)' "$log" || fail "$(cat "$log")"
    ! grep -q 'killed by SIGSEGV' "$log" || fail "$(cat "$log")"
    kill "$tracer"
    wait "$tracer" || true
    "$BUILD/crumple" dump --timeout 5 "$LIVE"
}
