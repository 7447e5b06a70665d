#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The writer's own troubles, and what the rest of the machine sees of a death (rows 55, 76, 77).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "the writer dies: the pending core stays and can be finished [row 55]" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER="$T/crashing_writer")
    crash null-write
    want "status" 11 "$(status_of with signal)"
    expect_said "writer"
    expect_said ".core"
    collect_pending
    right_threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "the writer hangs: death in time, the port is free, the core can be finished [row 76]" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER="$T/hanging_writer" CRUMPLE_TIMEOUT=2s) LIMIT_MS=4000 ORPHANS=allowed
    run_without listener
    run_with listener
    "$T$LIBC/victim" bind "$(fact port)" || fail "the port is still taken"
    same_death
    right_files
    expect_said "writer"
    collect_pending
    right_threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
}

@test "CRUMPLE_WAIT=core dies at once and the bundle comes by itself [row 76]" {
    local waited
    SHIM=(CRUMPLE_WAIT=core) ORPHANS=allowed
    run_without listener
    run_with listener
    "$T$LIBC/victim" bind "$(fact port)" || fail "the port is still taken"
    same_death
    # The writer goes on after the death: its end is the event to wait for.
    for waited in {1..500}; do
        [ "$(count_files '*.tar.zst')" = 1 ] && [ "$(count_files '*.core')" = 0 ] && break
        sleep 0.01
    done
    echo "waited $waited times 10 ms"
    right_files
    right_threads
}

@test "an application that reaps everything never sees a child [row 77]" {
    crash reaper
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    unwound_to_start
}

@test "an application that ignores SIGCHLD never sees a child [row 77]" {
    crash reaper-ignoring
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
}

@test "a reaper that no signal can stop never sees a child [row 77]" {
    MISSING=1
    crash reaper-unstoppable
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "reason" 1 "$(report '[.threads[] | select(.state == "missing" and (.reason | test("block")))] | length')"
}

@test "nothing in the process allocates memory once the fault has happened" {
    OTHER_PRELOAD=$T/libnomalloc.so
    crash without-malloc
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "a kernel core still shows the faulting frame and the original signal [row 69]" {
    [ "$(cat /proc/sys/kernel/core_pattern)" = core ] || skip "core_pattern is '$(cat /proc/sys/kernel/core_pattern)'"
    ulimit -c unlimited || skip "no core dumps here"
    run_without readonly-write
    rm -f core core.*
    run_with readonly-write
    same_death
    right_files
    want "core flag" 1 "$(status_of with core)"
    gdb -batch -nx "$VICTIM" "$(echo core*)" -ex bt -ex 'p $_siginfo.si_code' \
        -ex 'p $_siginfo._sifields._sigfault.si_addr' >gdb.out 2>gdb.err
    grep -q '^#0 .*write_to_readonly_page' gdb.out || fail "$(cat gdb.out)"
    grep -q '^\$1 = 2$' gdb.out || fail "$(cat gdb.out)"
    grep -q "$(fact addr)" gdb.out || fail "$(cat gdb.out)"
}

@test "a stderr that nobody reads delays nothing: the bundle is there, the words are lost" {
    mkfifo "$TMP/full"
    exec 7<>"$TMP/full"
    dd if=/dev/zero of="$TMP/full" bs=4096 count=64 oflag=nonblock conv=notrunc 2>/dev/null || true
    # Without the limit of the runner a wait for the pipe would last CRUMPLE_TIMEOUT and longer.
    "$T/runner" -t 10000 -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES" CRUMPLE_TIMEOUT=60s CRUMPLE_NONSENSE=1 \
        LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$VICTIM" null-write >/dev/null 2>&7 || true
    exec 7>&-
    want "status" 11 "$(status_of with signal)"
    [ "$(find "$CRASHES" -name '*.tar.zst' | wc -l)" = 1 ] || fail "$(find "$CRASHES")"
}
