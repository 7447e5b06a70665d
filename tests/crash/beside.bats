#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a report must not do to those beside it: threads that wait or take faults of their own, timers, the loader,
# other versions of libc's functions, children and new programs, the owner of a jail; nor to the death itself.

load helpers
setup() {
    setup_crash
    LIMIT_MS=10000
}
teardown() { teardown_crash; }

again() {
    rm -rf "$CRASHES" "$TMP"/with.* "$TMP"/without.*
}

# exits_with STATUS VERB...: the exit is an event, and its status stays.
exits_with() {
    local status=$1
    shift
    EVENT='exit'
    crash "$@"
    want "exit code" "$status" "$(status_of with exit)"
}

# goes_on VERB...: no event; the status and the facts are those without crumple.
goes_on() {
    BUNDLES=0
    run_without "$@"
    run_with "$@"
    same_death
    want "status" 0/0 "$(status_of with signal)/$(status_of with exit)"
    right_files
}

@test "threads in calls that nothing interrupts do not come back while an exit is reported and flushed [row 18]" {
    exits_with 3 exit-beside all
    want "came back" '' "$(fact came-back)"
    want "threads" 8 "$(report '[.threads[] | select(.state == "captured")] | length')"
}

@test "of eight threads in epoll_wait none comes back, whatever the event [row 18]" {
    local mode
    for mode in thread nonzero; do
        again
        SHIM=(CRUMPLE_EXIT="$mode")
        exits_with 3 exit-beside epoll_wait
        want "came back ($mode)" '' "$(fact came-back)"
    done
}

@test "a thread that takes faults of its own goes on doing so beside an exit [row 18]" {
    exits_with 3 exit-beside-faults
    want "handlers" own/own "$(fact handler)/$(fact alarm-handler)"
    want "timer" running "$(fact timer)"
}

@test "threads in calls that nothing interrupts do not come back while the process itself reports its exit [row 18] [row 60]" {
    BUNDLES=0 PENDING=1
    exits_with 3 exit-beside-faults alone
    want "handlers" own/own "$(fact handler)/$(fact alarm-handler)"
    want "timer" running "$(fact timer)"
    collect_pending
    right_threads
}

@test "a process stopped past the deadline of its report still runs its exit handlers and writes its buffers [row 18]" {
    local pid
    SHIM=(CRUMPLE_WRITER="$T/hanging_writer" CRUMPLE_TIMEOUT=2s)
    ORPHANS=allowed
    run_with exit-flushes 3 &
    until [ -n "$(find "$CRASHES" -name '*.core' 2>/dev/null)" ]; do sleep 0.02; done
    pid=$(fact pid)
    kill -STOP "$pid"
    sleep 2.5
    grep -q '^State:.*stopped' "/proc/$pid/status" || fail "it was too late to stop it"
    kill -CONT "$pid"
    wait $!
    want "exit code" 3 "$(status_of with exit)"
    want "handler" ran "$(fact atexit)"
    want "buffer" written "$(fact buffered)"
}

@test "the application's own alarms do not cut short a capture in the process itself [row 60]" {
    BUNDLES=0 PENDING=1
    crash ringing 200000
    want "status" 11 "$(status_of with signal)"
    collect_pending
    expect_function write_through_null
    want "stages cut short" '' "$(report '.soft_errors[]' | grep 'took too long' || true)"
}

@test "a handler that faults while system() waits, with SIGSEGV blocked, is reported [row 42]" {
    crash system-handler
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null fault_in_handler
}

@test "a cleanup that faults in a thread cancelled in system() is reported [row 42]" {
    ORPHANS=$(by_libc '' allowed) # musl's system() leaves the command
    crash system-cancelled
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null fault_in_cleanup
}

@test "dlclose of a library that stays waits for nobody, here or in a forked child" {
    goes_on close-beside "$T$LIBC/libplugin.so"
    want "closed" 0 "$(fact closed)"
    goes_on close-beside "$T$LIBC/libplugin.so" fork
    want "the child's end" 0/4 "$(fact child)"
}

# musl: the libraries are of glibc
# bats test_tags=glibc
@test "abort while other threads load and unload libraries is always SIGABRT [row 12]" {
    local run
    SHIM=(CRUMPLE_STDERR=off CRUMPLE_KEEP=per_signature=1/1h) ORPHANS=allowed
    for run in {1..100}; do
        run_with abort-beside-loading $((5000 + RANDOM % 3000)) "$T$LIBC/libplugin.so" libz.so.1 liblzma.so.5 libstdc++.so.6
        want "status of run $run" 6/0 "$(status_of with signal)/$(status_of with exit)"
    done
    [ "$(count_files '*.tar.zst')" -ge 1 ] || fail "no bundle"
}

@test "abort with a list of loaded objects that leads back to itself is reported [row 75]" {
    local where
    for where in itself before; do
        again
        crash abort-in-circle "$T$LIBC/libplugin.so" $where
        expect_signal 6 SIGABRT SI_TKILL
        expect_calls abort abort_in_circle
    done
}

# musl: Debian has no C++ for musl
# bats test_tags=glibc
@test "a what() that may be asked only once: SIGABRT, and the type [row 16]" {
    local second
    VICTIM=$T/second_asking SHIM=(CRUMPLE_TIMEOUT=3s)
    for second in faults hangs; do
        again
        crash $second
        expect_signal 6 SIGABRT SI_TKILL
        want "exception" "(anonymous namespace)::asked_once null" "$(report '.exception | "\(.type) \(.what)"')"
    done
}

# musl: it has one posix_spawn
# bats test_tags=glibc
@test "a script without an interpreter's line runs for a program linked to the older posix_spawn [row 58]" {
    echo 'exit 7' >"$TMP/script"
    chmod 755 "$TMP/script"
    goes_on spawn-old "$TMP/script"
    want "spawned" "0 7" "$(fact spawn) $(fact child | cut -d/ -f2)"
    goes_on spawn-new "$TMP/script"
    want "spawned" 8 "$(fact spawn)"
}

# A vfork child that aborts, then the server: of the server only, and the parent lives.
one_of_server() {
    SHIM=(CRUMPLE_STDERR=off)
    run_without server-by "$1"
    run_with server-by "$1"
    same_death
    want "ends" "6/0 11/0" "$(fact vfork-child) $(fact server)"
    right_files
    right_index
    right_threads
    expect_function write_through_null
}

# musl: in a vfork child, its abort() ends the parent
# bats test_tags=glibc
@test "a vfork child of a server that forkpty has made aborts: the one bundle is the server's [row 58]" {
    one_of_server forkpty
}

# musl: its abort() knows no child of a bare system call
# bats test_tags=glibc
@test "a vfork child of a server that the bare system call has made aborts: the one bundle is the server's [row 58]" {
    one_of_server raw
}

@test "exec while another thread's exec fails again and again: no signal goes to the new program [row 58]" {
    local run pause deaths=0 execs=0
    SHIM=(CRUMPLE_STDERR=off)
    for run in {1..24}; do
        pause=$((run % 8 * 120)) # from the beginning of the exec
        rm -rf "$CRASHES"
        run_with exec-beside-exec "$pause"
        case $(status_of with signal)/$(status_of with exit) in
        11/0) deaths=$((deaths + 1)) ;;
        0/0) execs=$((execs + 1)) ;;
        *) fail "run $run ended by $(cat "$TMP/with.status")" ;;
        esac
    done
    echo "$deaths deaths, $execs execs"
}

# A second is what a report needs at least, unless less is asked for.
@test "CRUMPLE_TIMEOUT below a second is kept where the writer hangs [row 76]" {
    local timeout ms=()
    BUNDLES=0 PENDING=1 ORPHANS=allowed
    for timeout in 100ms 2s; do
        again
        SHIM=(CRUMPLE_WRITER="$T/hanging_writer" CRUMPLE_TIMEOUT="$timeout")
        crash null-write
        want "status" 11 "$(status_of with signal)"
        ms+=("$(status_of with ms)")
        teardown_crash
    done
    [ $((ms[0] * 3)) -lt "${ms[1]}" ] || fail "death after ${ms[0]} ms with 100ms, after ${ms[1]} ms with 2s"
}

# A jail whose owner has put a program of his own where the writer is outside, and the crash directory beside it.
make_jail() {
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$COPY"
    JAIL=$COPY/jail
    mkdir -p "$COPY/bin" "$COPY/tmp" "$JAIL$COPY/bin" "$JAIL$COPY/crashes"
    cp "$BUILD/crumple-writer" "$COPY/bin/writer"
    cp "$T/false_writer" "$JAIL$COPY/bin/writer"
    chown -R 65534:65534 "$JAIL"
    CRASHES=$COPY/crashes SHIM=(CRUMPLE_WRITER="$COPY/bin/writer" TMPDIR="$COPY/tmp")
}

# nothing_of_jail STEP...: dies in the jail, its old descriptors closed.
nothing_of_jail() {
    BUNDLES=0
    crash become "chroot:$JAIL" close-range "$@"
    want "status" 11 "$(status_of with signal)"
    [ ! -e "$JAIL/was-run" ] || fail "the jail's program was run: $(cat "$JAIL/was-run")"
    [ ! -e "$JAIL$COPY/crashes/1000" ] || fail "a directory was made in the jail and given away"
}

@test "below another root its owner's writer is not run: chroot once more [row 58]" {
    needs_root
    make_jail
    nothing_of_jail chroot:/
}

@test "below another root its owner's writer is not run: a path that only root may walk, and seteuid [row 58]" {
    needs_root
    make_jail
    chmod 700 "$JAIL$COPY"
    nothing_of_jail seteuid:1000 seteuid:0
}

@test "a user is prepared once: a server's later requests do not touch the crash directory [row 58]" {
    local calls
    needs_root
    command -v strace >/dev/null || skip "no strace"
    strace -o "$TMP/strace" -e trace=file,write env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$VICTIM" users-in-turn 1000 1001 65534 >"$TMP/with.out"
    want "directories" "$CRASHES/1000 $CRASHES/1001 $CRASHES/65534 " \
        "$(find "$CRASHES" -mindepth 1 -type d ! -name 0 | sort | tr '\n' ' ')"
    calls=$(sed -n '/round=0/,/round=1/p' "$TMP/strace" | grep -c 'mkdirat')
    [ "$calls" -ge 3 ] || fail "$calls calls in the first round"
    want "calls of the second round" '' "$(sed -n '/round=1/,/round=over/p' "$TMP/strace" | grep -v '^write(' || true)"
}
