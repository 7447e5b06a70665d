#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The signal that musl keeps for setuid() stops threads, and asks for dumps; System V's signal() is musl's.

load helpers

setup() {
    setup_crash
}

teardown() {
    teardown_crash
    [ -z "${PID-}" ] || kill -KILL "$PID" 2>/dev/null || true
}

# users CALL [ROUNDS]: starts the program, and waits until it has made its calls.
users() {
    env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$T/musl/musl_users" "$@" >out 2>err &
    PID=$!
    line_within out changed
}

@test "musl: after setuid in a process with threads a dump is heard, and no wait of a thread ends with EINTR" {
    users setuid
    run -0 "$BUILD/crumple" dump "$PID"
    EVENT=dump right_files
    want "threads" 3 "$(report '.threads | length')"
    sleep 0.2
    kill -0 "$PID" || fail "$(cat err)"
    [ "$(grep -c '^epoll_wait' err)" = 0 ] || fail "$(cat err)"
}

@test "musl: threads that change their user while others are made, and while dumps are taken, hang nowhere" {
    env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$T/musl/musl_users" setuid 2000 >out 2>err &
    PID=$!
    for _ in 1 2; do
        "$BUILD/crumple" dump --timeout=3 "$PID" >/dev/null 2>&1 || true # nobody may be listening just now
    done
    line_within out changed
    run -0 "$BUILD/crumple" dump "$PID"
}

# musl takes the handler away, and what is queued, ten thousand times a second.
@test "musl: of a process that changes its user all the time a dump is asked for again and again" {
    env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$T/musl/musl_users" setuid 100000000 >out 2>err &
    PID=$!
    sleep 0.2
    for _ in 1 2; do
        run "$BUILD/crumple" dump --timeout=3 "$PID"
        [[ $output != *'has ended'* && $output != *'cannot be asked'* ]] || fail "$output"
    done
}

@test "musl: a fault while another thread changes its user is reported in time, with the status that it has" {
    cat >"$TMP/changes.c" <<'C'
#include <pthread.h>
#include <unistd.h>
static void *changes(void *unused)
{
    for (;;)
        setuid(getuid());
    return unused;
}
static void *faults(void *unused)
{
    usleep(20000);
    *(volatile int *)16 = 1;
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, changes, NULL);
    pthread_create(&thread, NULL, faults, NULL);
    pthread_join(thread, NULL);
    return 0;
}
C
    musl-gcc -w -g -O1 -o changes "$TMP/changes.c"
    for _ in 1 2 3 4 5; do
        rm -rf "$CRASHES"
        run -139 timeout 5 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./changes
        PARTIAL=yes right_files
        want "place" faults "$(report '.threads[0].frames[0].function')"
    done
}

@test "musl: __sysv_signal is signal, also of a fatal signal" {
    cat >"$TMP/sysv.c" <<'C'
#include <signal.h>
#include <stdio.h>
extern void (*__sysv_signal(int, void (*)(int)))(int);
static int calls;
static void handler(int sig)
{
    calls += sig == SIGSEGV;
}
int main(void)
{
    struct sigaction now;
    __sysv_signal(SIGSEGV, handler);
    raise(SIGSEGV);
    raise(SIGSEGV);
    sigaction(SIGSEGV, NULL, &now);
    printf("%d %x\n", calls, now.sa_flags);
    return 0;
}
C
    musl-gcc -w -o sysv "$TMP/sysv.c"
    want "calls and flags" "$(./sysv)" "$(env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./sysv)"
}

@test "musl: a C11 thread, which starts with every signal blocked, reads back that mask, and its fault is reported [row 42]" {
    cat >"$TMP/c11.c" <<'C'
#include <signal.h>
#include <stdio.h>
#include <threads.h>
static int faults(void *unused)
{
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    fprintf(stderr, "mask %lx\n", mask.__bits[0]);
    if (unused)
        *(volatile int *)16 = 1;
    return 0;
}
int main(int argc, char **argv)
{
    thrd_t thread;
    thrd_create(&thread, faults, argc > 1 ? argv : NULL);
    thrd_join(thread, NULL);
    return 0;
}
C
    musl-gcc -w -O1 -fno-inline -o c11 "$TMP/c11.c"
    run -0 ./c11
    local without=$output
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./c11
    want "mask" "$without" "$output"
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./c11 fault
    right_files
    want "title" "SIGSEGV in faults: write to address 0x10 (offset 0x10 into a NULL pointer)" "$(report .title)"
}
