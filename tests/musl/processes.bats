#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Children, starts and threads of musl: each way to make a process, to start a program, and a stack as small as it goes.

load helpers

setup() {
    setup_crash
}

teardown() {
    teardown_crash
}

# dies COMMAND...: with a bundle of a fault in the function 'dies'.
dies() {
    rm -rf "$CRASHES"
    run -"$1" timeout 10 env CRUMPLE_DIR="$CRASHES" "${@:2}"
    right_files
    want "place" dies "$(report '.threads[0].frames[0].function')"
}

@test "musl: a child that faults leaves its own bundle, however it was made" {
    local how
    for how in fork fork-thread _Fork forkpty spawn system popen; do
        dies 0 LD_PRELOAD="$MUSL_SHIM" "$T/musl/musl_processes" "$how"
    done
}

@test "musl: a daemon that faults leaves a bundle" {
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$T/musl/musl_processes" daemon
    for _ in {1..250}; do
        [ -z "$(find "$CRASHES" -name '*.tar.zst' 2>/dev/null)" ] || break
        sleep 0.02
    done
    right_files
    want "place" dies "$(report '.threads[0].frames[0].function')"
}

@test "musl: a program started by its loader, with --preload, without arguments, or after another library's constructor" {
    cat >"$TMP/constructor.c" <<'C'
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
extern char **environ;
static void *runs(void *unused)
{
    return unused;
}
__attribute__((constructor)) static void begins(void)
{
    pthread_t thread;
    /* as setenv() does, but that nothing can be read behind its end */
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + 4096, 4096, PROT_NONE);
    environ = (char **)(page + 4096) - 2;
    environ[0] = "LATE=1";
    pthread_create(&thread, NULL, runs, NULL);
    pthread_join(thread, NULL);
}
C
    musl-gcc -shared -fPIC -o libconstructor.so "$TMP/constructor.c"
    local loader=/lib/ld-musl-x86_64.so.1 program=$T/musl/musl_processes
    dies 139 LD_PRELOAD="$MUSL_SHIM" "$loader" "$program" die
    dies 139 "$loader" --preload "$MUSL_SHIM" "$program" die
    dies 139 LD_PRELOAD="$MUSL_SHIM $PWD/libconstructor.so" "$program" die
    dies 139 LD_PRELOAD="$PWD/libconstructor.so $MUSL_SHIM" "$program" die
    dies 139 --argv0= LD_PRELOAD="$MUSL_SHIM" "$program" die
}

@test "musl: a thread with the smallest stack runs, faults and overflows as without crumple [row 3]" {
    cat >"$TMP/small.c" <<'C'
#include <limits.h>
#include <pthread.h>
static __attribute__((noinline)) int deeper(volatile int n)
{
    return n < 0 ? n : deeper(n + 1) + 1;
}
static void *runs(void *how)
{
    if (*(char *)how == 'f')
        *(volatile int *)16 = 1;
    if (*(char *)how == 'o')
        deeper(0);
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
    if (argc < 2 || pthread_create(&thread, &attributes, runs, argv[1]) != 0)
        return 9;
    return pthread_join(thread, NULL);
}
C
    musl-gcc -w -g -O0 -o small "$TMP/small.c"
    local recover
    for recover in '' '*=contain'; do
        run -0 env ${recover:+CRUMPLE_RECOVER="$recover"} CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./small run
        [ -z "$output" ] || fail "$output"
        for how in fault overflow; do
            rm -rf "$CRASHES"
            run -139 env ${recover:+CRUMPLE_RECOVER="$recover"} CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./small "$how"
            right_files
        done
        [[ $(report .signal.description) == "stack overflow: all 4 KiB"* ]] || fail "$(report .signal.description)"
    done
}

@test "musl: tags, events, vitals, local variables and crumple_dump()" {
    cat >"$TMP/tells.c" <<'C'
#include "crumple.h"
#include <stddef.h>
static __attribute__((noinline)) void dies(int level)
{
    int local = level * 7;
    *(volatile int *)(size_t)(local - 7 + 16) = local;
}
int main(void)
{
    crumple_process_tag("mode", "test");
    crumple_tag("request", "GET /");
    crumple_event("begun");
    if (!crumple_dump || crumple_dump("asked") != 0)
        return 9;
    dies(1);
    return 0;
}
C
    musl-gcc -w -g -O0 -I"$ROOT/include" -Wl,--build-id -o tells "$TMP/tells.c"
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./tells
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst' | sort | tail -n 1)
    read_report "$BUNDLE"
    want "place" dies "$(report '.threads[0].frames[0].function')"
    tar --zstd -xOf "$BUNDLE" report.txt >told.txt
    grep -q 'GET /' told.txt || fail "$(cat told.txt)"
    grep -q 'mode' told.txt || fail "$(cat told.txt)"
    grep -q 'begun' told.txt || fail "$(cat told.txt)"
    run -0 "$BUILD/crumple" show --locals "$BUNDLE"
    [[ $output == *"local = 7"* ]] || fail "$output"
}
