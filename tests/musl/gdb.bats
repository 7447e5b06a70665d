#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The core of a program of musl in gdb. musl's code has no call frame information: gdb's own guesses end in it, and the
# report goes on. Threads in the program's code gdb walks to their start.

load helpers

setup() {
    LIBC=/musl
    setup_crash
    cat >"$TMP/values.c" <<'C'
#include <pthread.h>
#include <unistd.h>
int shared_count;
static pthread_barrier_t both;
static __attribute__((noinline)) int turn_for_ever(int turns)
{
    int before = turns * 2;
    pthread_barrier_wait(&both);
    for (volatile int i = 1; i; i |= 1) {
    }
    return before;
}
static __attribute__((noinline)) int fail(int given)
{
    int mine = given + 1;
    shared_count = mine + 1;
    pthread_barrier_wait(&both);
    usleep(20000);
    *(volatile int *)0 = mine;
    return mine;
}
static void *work(void *unused)
{
    (void)unused;
    return (void *)(long)fail(4711);
}
static void *wait_for_ever(void *unused)
{
    (void)unused;
    pause();
    return 0;
}
int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&both, 0, 2);
    pthread_create(&thread, 0, wait_for_ever, 0);
    pthread_create(&thread, 0, work, 0);
    return turn_for_ever(21);
}
C
    musl-gcc -O0 -g -w -Wl,--eh-frame-hdr -o values "$TMP/values.c"
    run -139 env CRUMPLE_DIR="$CRASHES" CRUMPLE_STDERR=off LD_PRELOAD="$MUSL_SHIM" ./values
    right_files
    tar --zstd -xOf "$BUNDLE" core >"$TMP/mini"
}

teardown() {
    teardown_crash
}

# in_gdb COMMAND...: what gdb prints
in_gdb() {
    local commands=() command
    for command in "$@"; do commands+=(-ex "$command"); done
    gdb -nx -batch -iex 'set debuginfod enabled off' "${commands[@]}" ./values mini 2>/dev/null
}

@test "musl: gdb shows the fault, the locals and globals of both threads, and every thread of the report" {
    local main
    main=$(report '.threads[] | select(.name == "values" and (.crashed | not) and ([.frames[].function] | index("main"))) | .tid')
    in_gdb bt 'p mine' 'p given' 'p shared_count' 'info threads' 'thread apply all -q bt' >gdb.out
    grep -qE '^#0 .*\bfail \(given=4711\) at .*values\.c' gdb.out || fail "$(cat gdb.out)"
    grep -qE '^#1 .*\bwork \(' gdb.out || fail "$(cat gdb.out)"
    # shellcheck disable=SC2016 # gdb's names of values
    want "values" '$1 = 4712 $2 = 4711 $3 = 4713' "$(grep '^\$' gdb.out | xargs)"
    grep -qE '^#[0-9] .*\bturn_for_ever \(turns=21\)' gdb.out || fail "$(cat gdb.out)"
    grep -qE '^#[0-9] .*\bmain \(\)' gdb.out || fail "$(cat gdb.out)"
    want "threads" "$(report '[.threads[].tid] | sort | .[]' | xargs)" "$(grep -oE '^[* ] +[0-9]+ +LWP [0-9]+' gdb.out | awk '{print $NF}' | sort -n | xargs)"
    [ -n "$main" ] || fail "the report does not know main's thread"
}

@test "musl: where gdb stops in libc, the report has the callers, by name" {
    want "who waits" 1 "$(report '[.threads[] | select([.frames[].function] | index("wait_for_ever") and index("pause"))] | length')"
    unwound_to_start
}
