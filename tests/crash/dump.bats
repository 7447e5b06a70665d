#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A dump: all threads are captured, and the process goes on and has noticed nothing.

load helpers
setup() {
    setup_crash
    COMMAND=("$BUILD/crumple") AS=() LIVE='' LIBRARY=$BUILD$LIBC/libcrumple.so
}
teardown() {
    [ -z "$LIVE" ] || kill -KILL "$LIVE" 2>/dev/null || true
    teardown_crash
}

# live VERB [ARGUMENT...]: the victim under crumple, in the background; LIVE is its pid.
live() {
    : >"$TMP/with.out" # of an earlier one, it has the line already
    env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD="$LIBRARY" \
        "${AS[@]}" "$VICTIM" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    LIVE=$!
    for _ in {1..500}; do
        ! grep -q '^tasks=' "$TMP/with.out" || return 0
        sleep 0.02
    done
    fail "the victim is not there:" "$(cat "$TMP/with.err")"
}

# dump [OPTION...]: of LIVE; BUNDLE and REPORT are its bundle's.
dump() {
    BUNDLE=$("${COMMAND[@]}" dump --timeout 20 "$@" "$LIVE" 2>"$TMP/err") || fail "no dump:" "$(cat "$TMP/err")" "$(cat "$TMP/with.err")"
    echo "$BUNDLE" >"$TMP/dumped"
    read_report "$BUNDLE"
    want "event" dump "$(report .event)"
}

# Returns the status of LIVE.
await_end() {
    local status=0
    wait "$LIVE" || status=$?
    LIVE=''
    return "$status"
}

# It ends well at SIGTERM, and has no child that it does not know.
end_live() {
    local status=0 left
    left=$(zombies)
    # a child of the program's own is one until the program waits for it
    [ -z "$left" ] || { sleep 1 && left=$(comm -12 <(sort <<<"$left") <(zombies | sort)); }
    [ -z "$left" ] || fail "a child is left: $left"
    kill -TERM "$LIVE"
    await_end || status=$?
    want "status" 0 "$status"
}

zombies() {
    ps -o stat=,pid=,args= --ppid "$LIVE" | awk '/^Z/'
}

captured() {
    report '[.threads[] | select(.state == "captured")] | length'
}

@test "a dump: every thread, the reason, who asked, how long the threads were stopped; the process goes on" {
    live live-parked 6
    dump --reason 'why does it wait?'
    want "threads" 7 "$(captured)"
    want "parked" 6 "$(report '[.threads[] | select([.frames[].function] | index("park"))] | length')"
    want "title" "victim was dumped by user $(id -u): why does it wait?" "$(report .title)"
    want "reason" "why does it wait?" "$(report .reason)"
    want "signal" null "$(report .signal)"
    want "who" "$(id -u) crumple" "$(report '"\(.dump.uid) \(.dump.name)"')"
    [ "$(report '.dump.stopped_us')" -gt 0 ] || fail "the length of the stop is not known"
    [ "$(report '.dump.stopped_us <= .timings_us.report')" = true ] || fail "the threads waited for the report"
    want "line" "dump dump | victim" "$(events -r '"\(.event) \(.signature)"')"
    want "metric" 1 "$(metric dumps_total)"
    grep -q '^crumple: pid .* asked for a dump; the threads were stopped for' "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
    want "files left behind" "" "$(find "$CRASHES" -name '.*' -type f)"
    end_live
    want "tasks" 7 "$(fact tasks_at_end)"
}

# musl: gdb has no call frame information of it: tests/musl/gdb.bats
# bats test_tags=glibc
@test "a dump opens in gdb: the same stacks" {
    live live-parked 3
    dump
    "$BUILD/crumple" show --core "$TMP/core.out" "$BUNDLE"
    REPORT=$REPORT gdb -batch -nx "$VICTIM" "$TMP/core.out" -x "$ROOT/tests/tools/compare_gdb.py" >"$TMP/gdb.out" 2>&1 ||
        fail "gdb walks otherwise:" "$(tail -n 30 "$TMP/gdb.out")"
    grep -q '4 threads compared, 0 differ' "$TMP/gdb.out" || fail "$(tail "$TMP/gdb.out")"
    end_live
}

@test "list, group and show know dumps; they are no crashes" {
    live live-parked 2
    dump --reason one
    dump --reason two
    run -0 "$BUILD/crumple" list --table --event dump "$CRASHES"
    want "rows" 3 "${#lines[@]}"
    run -0 "$BUILD/crumple" group --json "$CRASHES"
    want "groups" 1 "${#lines[@]}"
    [[ ${lines[0]} == *'"signature":"dump | victim"'* ]] || fail "${lines[0]}"
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"was asked for the dump"*  && $output != *faulted* ]] || fail "$output"
    want "crashes" 0 "$(metric crashes_total)"
    end_live
}

@test "no call of the program fails with EINTR because of a dump" {
    live live-in-calls
    dump
    dump
    want "threads" 12 "$(captured)"
    end_live
    want "interruptions" 0 "$(fact interruptions)"
}

@test "1,000 threads" {
    live live-parked 1000
    dump
    want "threads" 1001 "$(captured)"
    end_live
    want "tasks" 1001 "$(fact tasks_at_end)"
}

@test "in the middle of malloc, in four threads: no block is damaged" {
    live live-allocating
    dump
    dump
    want "threads" 5 "$(captured)"
    end_live
    want "rounds" many "$(fact rounds)"
}

@test "while threads and children come and go, and signals storm: no wait and no SIGCHLD sees the helper" {
    live live-busy
    for _ in 1 2 3; do
        dump
    done
    end_live
    want "rounds" many "$(fact rounds)"
    want "wrong children" "" "$(fact wrong_child)$(fact wrong_sigchld)"
}

@test "a process that calls exec all the time is dumped or not, and lives" {
    local status=0
    live live-in-exec 3000
    for _ in {1..40}; do
        kill -0 "$LIVE" 2>/dev/null || break
        "$BUILD/crumple" dump --timeout 1 "$LIVE" >>"$TMP/dumps" 2>&1 || true
    done
    await_end || status=$?
    want "status" 0 "$status"
    want "execs" "done" "$(fact execs)"
}

@test "requests at the same time: each gets a bundle, one dump a second" {
    local pids=() pid
    live live-parked 2
    for _ in 1 2 3 4; do
        "$BUILD/crumple" dump --timeout 20 "$LIVE" >>"$TMP/dumps" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || fail "a request failed:" "$(cat "$TMP/dumps")"
    done
    [ "$(count_files '*.tar.zst')" -le 4 ] || fail "more bundles than requests"
    end_live
}

@test "the program asks by crumple_dump(): it gets 0 when the bundle is there, the next one within a second is refused" {
    run_with dump-itself 2
    want "status" 0 "$(status_of with exit)"
    want "function" 1 "$(fact is_there)"
    want "results" "0 errno 4711,-11 errno 4711" "$(sed -n 's/^dump=//p' "$TMP/with.out" | paste -sd,)"
    want "child that can be waited for" -1 "$(fact children)"
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    read_report "$BUNDLE"
    want "title" "victim dumped itself: the queue has not moved" "$(report .title)"
    want "innermost function of the victim" dump_itself "$(report '[.threads[0].frames[].function | select(. != "crumple_dump")][0]')"
}

@test "without crumple the program finds no crumple_dump()" {
    run_without dump-itself
    want "status" 0 "$(status_of without exit)"
    grep -qx is_there=0 "$TMP/without.out"
}

@test "a fault during dumps is reported as ever, with its own status" {
    local status=0
    live fault-later
    while "$BUILD/crumple" dump --timeout 1 "$LIVE" >/dev/null 2>&1; do :; done &
    await_end || status=$?
    want "status" 139 "$status"
    BUNDLE=$(events -r 'select(.event == "crash").path')
    [ -n "$BUNDLE" ] || fail "the crash left no bundle:" "$(cat "$TMP/with.err")"
    BUNDLE=$(find "$CRASHES" -name "$BUNDLE")
    read_report "$BUNDLE"
    expect_title SIGSEGV write_through_null
    want "threads" 10 "$(captured)"
}

@test "a program that waits for every signal never sees the request" {
    live live-in-sigwait
    dump
    want "threads" 1 "$(captured)"
    end_live
    want "signal that came" 15 "$(fact came)"
}

@test "a process that blocks every signal by raw calls is not asked" {
    live live-deaf
    run -3 "$BUILD/crumple" dump "$LIVE"
    [[ $output == *"block every signal by raw system calls"* ]] || fail "$output"
    await_end
    want "woke" 1 "$(fact woke)"
}

@test "a process without crumple is sent nothing; nor is one where it is disabled" {
    run -3 "$BUILD/crumple" dump $$
    [[ $output == *"has no libcrumple.so; nothing was sent to it"* ]] || fail "$output"
    SHIM=(CRUMPLE=0)
    live live-in-sigwait
    run -3 "$BUILD/crumple" dump "$LIVE"
    [[ $output == *"which does not listen"* ]] || fail "$output"
    end_live
}

@test "what cannot be dumped is named: no process, a thread, a stopped process, a zombie, wrong words" {
    run -1 "$BUILD/crumple" dump 4194303
    [[ $output == *"there is no process 4194303"* ]] || fail "$output"
    run -2 "$BUILD/crumple" dump victim
    [[ $output == *"'victim' is not a pid"* ]] || fail "$output"
    run -2 "$BUILD/crumple" dump
    live live-parked 1
    run -1 "$BUILD/crumple" dump "$(find "/proc/$LIVE/task" -mindepth 1 -maxdepth 1 ! -name "$LIVE" -printf '%f')"
    [[ $output == *"is a thread of process $LIVE"* ]] || fail "$output"
    kill -STOP "$LIVE"
    until [[ $(ps -o stat= -p "$LIVE") == T* ]]; do sleep 0.01; done
    run -3 "$BUILD/crumple" dump "$LIVE"
    [[ $output == *"is stopped, by SIGSTOP"* ]] || fail "$output"
    kill -CONT "$LIVE"
    dump
    end_live
}

# musl: setpriv, which is of glibc, does not make the directory
# bats test_tags=glibc
@test "another user's process: root may ask, and the bundle goes where the process writes; others may not" {
    needs_root
    public_copy
    LIBRARY=$COPY$LIBC/libcrumple.so
    AS=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    live live-parked 2
    cp "$ROOT/build/crumple" "$COPY/crumple"
    run -3 setpriv --reuid 1234 --regid 1234 --clear-groups "$COPY/crumple" dump "$LIVE"
    [[ $output == *"only its user (65534) and root may ask"* ]] || fail "$output"
    COMMAND=("$COPY/crumple")
    dump --reason 'by root'
    want "owner" 65534 "$(stat -c %u "$(cat "$TMP/dumped")")"
    want "title" "victim was dumped by user 0: by root" "$(report .title)"
    COMMAND=("${AS[@]}" "$COPY/crumple")
    dump --reason 'by itself'
    want "title" "victim was dumped by user 65534: by itself" "$(report .title)"
    end_live
}

@test "a signal of that number that is no request does what it did: it kills a process of one thread, and no other" {
    local status=0
    live live-in-sigwait
    kill -"$(by_libc 33 34)" "$LIVE"
    await_end || status=$?
    want "status" $((128 + $(by_libc 33 34))) "$status"
    [ -z "$LIBC" ] || return 0 # musl has a handler of it in setuid() only
    live live-parked 1
    kill -33 "$LIVE"
    dump
    end_live
}

@test "a fatal signal that a thread has blocked by a raw call, and that was sent to it, stays where it is" {
    live live-pending
    dump
    want "captured" 2 "$(captured)"
    end_live
}

# after_trouble STAGE: the helper has trouble there; the process goes on as if nothing had been, and can be dumped again.
after_trouble() {
    LIBRARY=$ROOT/build/inject$LIBC/libcrumple.so SHIM=(INJECT_STAGE="$1")
    live live-in-calls
    dump
    end_live
    want "interruptions" 0 "$(fact interruptions)"
}

@test "the helper hangs, faults or is killed: the process goes on, and the request that is repeated is served" {
    local stage
    for stage in threads:hang threads:kill maps:fault stack:kill write:kill; do
        rm -rf "$CRASHES"
        after_trouble "$stage" || fail "stage $stage"
    done
}

@test "nothing can be written: a line says so, the process goes on" {
    SHIM=(CRUMPLE_DIR=/proc/nowhere TMPDIR=/proc/nowhere)
    live live-in-calls
    run -3 "$BUILD/crumple" dump --timeout 2 "$LIVE"
    [[ $output == *"did not answer in time"* ]] || fail "$output"
    grep -q 'the dump could not be saved: .*; the process goes on' "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
    end_live
    want "interruptions" 0 "$(fact interruptions)"
}

@test "a fatal signal that is sent during a dump kills as ever, also the thread that was asked" {
    local status threads
    LIBRARY=$ROOT/build/inject$LIBC/libcrumple.so SHIM=(INJECT_STAGE=maps:hang) # half a second
    for threads in 0 2; do
        live live-parked "$threads"
        "$BUILD/crumple" dump --timeout 2 "$LIVE" >"$TMP/dumped" 2>&1 &
        sleep 0.2
        kill -SEGV "$LIVE"
        status=0
        await_end || status=$?
        want "status" 139 "$status"
        wait
    done
}

@test "PID 1 of another PID namespace, from outside: the path leads there, the reason arrives" {
    local outer
    needs_root
    AS=(unshare -pf --mount-proc)
    live live-parked 2
    outer=$LIVE LIVE=$(pgrep -P "$LIVE")
    dump --reason outside
    [[ $(tail -n 1 "$TMP/dumped") == "/proc/$LIVE/root$CRASHES/"* ]] || fail "$(cat "$TMP/dumped")"
    want "title" "victim was dumped by user 0: outside" "$(report .title)"
    want "pid" 1 "$(report .pid)"
    want "who" "0 null" "$(report '"\(.dump.pid) \(.dump.name)"')"
    kill -TERM "$LIVE"
    LIVE=$outer
    await_end
}
