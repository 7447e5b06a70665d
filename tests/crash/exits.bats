#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A process that ends itself says who did it, where CRUMPLE_EXIT asks for it; its status, its handlers and its buffers
# stay its own, and an exit that is no event costs nothing (rows 18, 19).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

# exits STATUS VERB...: an event.
exits() {
    local status=$1
    shift
    EVENT='exit'
    crash "$@"
    is_exit "$status"
}

# What every bundle of an exit has. is_exit STATUS
is_exit() {
    want "exit code" "$1" "$(status_of with exit)"
    want "exit status" "$1" "$(report .exit.status)"
    want "signal" null "$(report .signal)"
    [[ $(report .signature) == "exit | "* ]] || fail "signature: $(report .signature)"
    tar --zstd -xOf "$BUNDLE" report.txt | head -n 15 | grep -q '^cause *the process ended itself: ' ||
        fail "report.txt does not say so: $(tar --zstd -xOf "$BUNDLE" report.txt | head -n 15)"
    expect_said "the process ended itself: "
}

# quietly STATUS VERB...: no event, no word.
quietly() {
    local status=$1
    shift
    BUNDLES=0
    crash "$@"
    want "exit code" "$status" "$(status_of with exit)"
    want "crumple's lines" '' "$(grep '^crumple: ' "$TMP/with.err" || true)"
}

again() {
    rm -rf "$CRASHES" "$TMP"/with.* "$TMP"/without.*
    BUNDLES=1
}

expect_caller() {
    want "caller" "$1 of $2" "$(report '.exit.caller | "\(.function) of \(.module)"')"
}

@test "exit(3) from a worker is reported with its stack and all threads, in gdb as well [row 18]" {
    exits 3 exits 3
    expect_title "exit(3) by gives_up"
    expect_caller gives_up victim
    expect_calls "$(by_libc "exits_at_exit .*exit" exit)" gives_up by_exit worker_main
    want "signature" "exit | gives_up | by_exit | worker_main" "$(report .signature)"
    unwound_to_start
    tar --zstd -xOf "$BUNDLE" core >"$TMP/core"
    gdb -nx -batch -ex bt -ex 'thread apply all bt' "$VICTIM" "$TMP/core" >"$TMP/gdb.out" 2>&1
    grep -qE '^#[0-9]+ .* exit \(status=3\) at hooks/' "$TMP/gdb.out" || fail "$(cat "$TMP/gdb.out")"
    grep -qE '^#[0-9]+ .* gives_up \(' "$TMP/gdb.out" || fail "$(cat "$TMP/gdb.out")"
    # In musl's code, where main waits, gdb does not find the way.
    grep -qE "^#[0-9]+ .*\b$(by_libc main worker_main) \(" "$TMP/gdb.out" || fail "$(cat "$TMP/gdb.out")"
}

@test "exit(3) from main and exit(0) from a worker are not reported [row 18]" {
    quietly 3 --main exits 3
    again
    quietly 0 exits 0
    again
    quietly 0 exits 256 # as its parent sees it
}

@test "_exit, _Exit and quick_exit from a worker are reported [row 19]" {
    exits 3 _exit 3
    expect_title "_exit(3) by by_underscore_exit"
    expect_calls _exit by_underscore_exit worker_main
    unwound_to_start
    again
    exits 4 _Exit 4
    expect_title "_Exit(4) by by_c99_exit"
    again
    exits 5 quick_exit 5
    expect_title "quick_exit(5) by by_quick_exit"
    expect_calls "$(by_libc "exits_at_quick_exit .*quick_exit" quick_exit)" by_quick_exit worker_main
    unwound_to_start
}

@test "_exit and its like from main or with status 0, and a raw exit_group, are not reported [row 19]" {
    local verb
    for verb in _exit _Exit quick_exit; do
        quietly 3 --main $verb 3
        again
        quietly 0 $verb 0
        again
    done
    quietly 3 exit-group 3
}

@test "_exit in a vfork child of a worker is not reported, and the parent is unharmed [row 19]" {
    local mode
    for mode in thread nonzero; do
        SHIM=(CRUMPLE_EXIT="$mode")
        quietly 0 exit-in-vfork 3
        want "child" 3 "$(fact child_exit)"
        again
    done
}

@test "after _exit in a vfork child, a child made past fork() still reports its own fault [row 19]" {
    SHIM=(CRUMPLE_EXIT=nonzero)
    crash exit-in-vfork-of-fork 3
    want "exit code" 0 "$(status_of with exit)"
    want "child of the child" 3 "$(fact child_exit)"
    want "child" 11 "$(fact child_signal)"
    want "event" SIGSEGV "$(report .signal.name)"
}

@test "exit in a forked child is not reported; in a thread of it, it is the child's own bundle [row 19]" {
    quietly 0 exit-in-fork 3
    want "child" 3 "$(fact child_exit)"
    again
    EVENT='exit'
    crash exit-in-forked-worker 3
    want "exit code" 0 "$(status_of with exit)"
    want "child" 3 "$(fact child_exit)"
    expect_title "exit(3) by gives_up"
}

# system_calls MODE VERB...: their names, in order.
system_calls() {
    strace -f -qq -o "$TMP/$1.trace" -E CRUMPLE_DIR="$CRASHES" -E CRUMPLE_EXIT="$1" -E LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$VICTIM" --main "${@:2}" >/dev/null || true
    sed -E 's/^[0-9]+ +//; s/\(.*//' "$TMP/$1.trace" >"$TMP/$1.calls"
}

more_calls() {
    system_calls off "$@"
    system_calls thread "$@"
    diff "$TMP/off.calls" "$TMP/thread.calls" | sed -n 's/^[<>] //p' | xargs
}

# musl: who calls exit is noted, as its handlers are not told the status
# bats test_tags=glibc
@test "an exit that is no event makes no system call of its own [row 19]" {
    local verb
    system_calls off exits 0 # makes the crash directory
    for verb in exits _exit quick_exit; do
        want "more calls of $verb" '' "$(more_calls $verb 0)"
    done
    want "more calls, to tell the first thread" "getpid gettid" "$(more_calls exits 3)"
}

@test "CRUMPLE_EXIT decides which calls are events [row 18]" {
    local mode place status expected
    while read -r mode place status expected; do
        again
        SHIM=(CRUMPLE_EXIT="$mode") BUNDLES=$expected EVENT='exit'
        crash "$place" exits "$status" || fail "$mode $place $status"
        want "$mode $place: exit code" "$status" "$(status_of with exit)"
        [ "$expected" = 0 ] || is_exit "$status"
    done <<'TABLE'
off     --worker 3 0
thread  --worker 3 1
thread  --worker 0 0
thread  --main   3 0
nonzero --worker 3 1
nonzero --main   3 1
nonzero --main   0 0
all     --worker 0 1
all     --main   0 1
TABLE
}

@test "err() and error() from a worker: the report says who called them [row 18]" {
    exits 3 exit-by-err 3
    expect_title "exit(3) by by_err through errx"
    expect_caller by_err victim
    again
    exits 3 exit-by-error 3
    expect_title "exit(3) by by_error through $(by_libc error errx)"
    expect_caller by_error victim
}

@test "a library that ends its host is named [row 18]" {
    exits 3 exit-in-library 3 "$T$LIBC/libleaver.so"
    expect_title "exit(3) by leave_now in libleaver.so"
    expect_caller leave_now libleaver.so
}

# musl: false is of glibc
# bats test_tags=glibc
@test "main returns 1, in a program without symbols: reported with CRUMPLE_EXIT=nonzero [row 18]" {
    VICTIM=$(command -v false) SHIM=(CRUMPLE_EXIT=nonzero) EVENT='exit'
    run_without
    run_with
    same_death
    right_files
    right_index
    is_exit 1
    expect_title "exit(1): main returned"
    want "signature" "exit | main" "$(report .signature)"
}

# musl: its pthread_exit calls exit inside of libc
# bats test_tags=glibc
@test "the end of the last thread is an exit with status 0 [row 18]" {
    quietly 0 last-thread
    again
    SHIM=(CRUMPLE_EXIT=all) EVENT='exit'
    run_with last-thread
    right_files
    is_exit 0
    expect_title "exit(0): the last thread ended"
}

@test "a handler of exit that calls exit: the second status, one bundle [row 18]" {
    exits 3 exit-in-atexit 3
    expect_title "exit(3) by exits_again"
    expect_calls exits_again exit gives_up by_atexit
}

@test "a handler of exit that faults: a crash, and no exit [row 38]" {
    crash crash-in-atexit 3
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null exit gives_up crash_in_atexit
}

@test "a fault behind all handlers of exit, when buffers are written: the exit, then the crash [row 38]" {
    local round
    run_without crash-in-cleanup 3
    want "status without" 11 "$(status_of without signal)"
    for round in {1..10}; do
        rm -rf "$CRASHES" "$TMP"/with.*
        run_with crash-in-cleanup 3
        want "status" 11 "$(status_of with signal)"
        want "temporary files" 0 "$(count_files '*.tmp')"
        want "events" "crash exit" "$(gojq -r .event "$CRASHES/$(id -u)/crashes.ndjson" | sort | xargs)"
        # Those that were let go may not have got to run between the two, or may have stayed: they are asked again.
        want "threads, round $round" "3 3" "$(for BUNDLE in "$CRASHES"/*/*.zst; do
            tar --zstd -xOf "$BUNDLE" report.json | gojq '[.threads[] | select(.state == "captured")] | length'
        done | xargs)"
    done
}

@test "exit handlers run and buffers are written when an exit is reported [row 18]" {
    exits 3 exit-flushes 3
    want "handler" ran "$(fact atexit)"
    want "buffer" written "$(fact buffered)"
}

@test "a thread that holds libc's list of streams is stopped for the capture, then goes on [row 18]" {
    local round
    exits 3 exit-with-stream-lock 3
    want "threads in write_slowly" 1 \
        "$(report '[.threads[] | select([.frames[].function] | index("write_slowly"))] | length')"
    for round in {1..10}; do
        again
        exits 3 exit-while-busy 3 || fail "round $round"
    done
}

@test "an exit of a process with 200 threads is reported [row 18]" {
    exits 3 exit-crowd 3 200
    want "parked" 200 "$(report '[.threads[] | select([.frames[].function] | index("park"))] | length')"
}

@test "two threads exit in the same instant: one bundle [row 18]" {
    local round
    for round in {1..10}; do
        again
        EVENT='exit'
        run_with exit-twice 3
        right_files || fail "round $round"
        is_exit 3
    done
}

@test "an exit and another thread's crash in the same instant, 50 times: one of both, one bundle [row 18]" {
    local round status crashes=0
    for round in {1..50}; do
        again
        run_with exit-against-crash 3
        status="$(status_of with signal) $(status_of with exit)"
        BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
        EVENT=$(tar --zstd -xOf "$BUNDLE" report.json | gojq -r .event) || fail "round $round: no bundle, or several: $BUNDLE"
        right_files || fail "round $round"
        want "processes left behind" '' "$(status_of with left)"
        case $status/$EVENT in
        "11 0/crash" | "11 "*"/crash") crashes=$((crashes + 1)) ;;
        *" 3/exit") ;;
        *) fail "round $round: status $status with $EVENT" ;;
        esac
    done
    echo "crashes: $crashes of 50"
}

@test "an exit from a thread of a daemon is reported [row 18]" {
    local waited
    run_with exit-of-daemon 3
    want "exit code" 0 "$(status_of with exit)"
    for waited in {1..500}; do
        [ -s "$CRASHES/$(id -u)/crashes.ndjson" ] && break
        sleep 0.02
    done
    echo "waited $waited times 20 ms"
    EVENT='exit'
    right_files
    right_threads
    expect_title "exit(3) by gives_up"
}

# musl: the shells are of glibc
# bats test_tags=glibc
@test "system() and popen() report nothing, whatever their shells exit with [row 19]" {
    quietly 0 shells
    want "system" 3 "$(fact system)"
    want "popen" 4 "$(fact popen)"
    want "missing" 127 "$(fact missing)"
}

# musl: the shell is of glibc
# bats test_tags=glibc
@test "a shell and its children with CRUMPLE_EXIT=all: a bundle each [row 18]" {
    VICTIM=/bin/sh SHIM=(CRUMPLE_EXIT=all CRUMPLE_STDERR=off) BUNDLES=2 EVENT='exit'
    run_without -c '/bin/true; exit 3'
    run_with -c '/bin/true; exit 3'
    same_death
    want "exit code" 3 "$(status_of with exit)"
    right_files
    want "statuses" "0 3" "$(gojq -r .status "$(dirname "$BUNDLE")/crashes.ndjson" | sort | xargs)"
}

# musl: this redis-server is of glibc
# bats test_tags=glibc
@test "redis-server reports its exit when it does not understand its configuration [row 18]" {
    VICTIM=$(command -v redis-server) || skip "redis-server is not installed"
    SHIM=(CRUMPLE_EXIT=nonzero) EVENT='exit'
    printf 'no-such-directive yes\n' >"$TMP/bad.conf"
    run_without "$TMP/bad.conf"
    run_with "$TMP/bad.conf"
    same_death
    right_files
    right_index
    is_exit 1
    want "module" redis- "$(report '.exit.caller.module[0:6]')"
}

@test "a handler of a fault that exits: the fault is named, in main too [row 61]" {
    exits 5 handler-exits
    expect_title "_exit(5) by exit_with_five, after SIGSEGV in write_through_null"
    want "fault" "SIGSEGV 0x0 write_through_null" "$(report '.exit.fault | "\(.signal) \(.addr) \(.function)"')"
    again
    again
    exits 5 --main handler-exits
    expect_title "_exit(5) by exit_with_five, after SIGSEGV in write_through_null"
}

@test "faults that a program has dealt with: its exit is an exit like any other [row 61]" {
    quietly 5 --main exits-after-recovery
    again
    quietly 5 --main stopped-after-recovery
    again
    quietly 0 --main reporter-exits
}

@test "the writer dies while an exit is reported: the exit goes on, the pending core can be finished [row 55]" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER="$T/crashing_writer") EVENT='exit'
    crash exits 3
    want "exit code" 3 "$(status_of with exit)"
    expect_said "exit(3) called in victim"
    collect_pending
    right_threads
    expect_title "exit(3) by gives_up"
}

@test "the writer hangs while an exit is reported: the exit goes on in time, and nobody keeps a lock [row 76]" {
    BUNDLES=0 PENDING=1 SHIM=(CRUMPLE_WRITER="$T/hanging_writer" CRUMPLE_TIMEOUT=2s) LIMIT_MS=10000 ORPHANS=allowed
    EVENT='exit'
    crash exit-with-stream-lock 3
    want "exit code" 3 "$(status_of with exit)"
    collect_pending
    right_threads
}

@test "with containment on, an exit is an exit, and no process stays [row 18]" {
    SHIM=(CRUMPLE_RECOVER='*=contain')
    exits 3 exits 3
    expect_title "exit(3) by gives_up"
    want "recovery" null "$(report .recovery)"
    again
    exits 3 _exit 3
}

@test "an exit is listed, grouped, shown and counted" {
    local crumple=$BUILD/crumple
    exits 3 exits 3
    run -0 "$crumple" list --table "$CRASHES"
    [[ $output == *" exit "*"exit(3) by gives_up"* ]] || fail "$output"
    want "listed by its event" 1 "$("$crumple" list --json --event exit "$CRASHES" | gojq -s length)"
    run -1 "$crumple" list --table --event crash "$CRASHES"
    want "signal" null "$("$crumple" list --json "$CRASHES" | gojq -r .signal)"
    want "group" "1 exit" "$("$crumple" group --json --event exit "$CRASHES" | gojq -r '"\(.count) \(.event)"')"
    run -0 "$crumple" show "$BUNDLE"
    [[ $output == *"call       exit(3) by gives_up of victim"* && $output == *", exited, started in worker_main"* &&
        $output != *signal* ]] || fail "$output"
    want "shown as JSON" gives_up "$("$crumple" show --json "$BUNDLE" | gojq -r .exit.caller.function)"
    want "line" "exit null exit 3" "$(gojq -r '"\(.event) \(.signal) \(.call) \(.status)"' "$(dirname "$BUNDLE")/crashes.ndjson")"
    grep -q '^crumple_exits_total{exe=".*/victim",uid="[0-9]*"} 1$' "$(dirname "$BUNDLE")/crumple.prom"
    rm "$BUNDLE" # the line still counts
    want "counted" 1 "$("$crumple" group --json --event exit "$CRASHES" | gojq -r .count)"
}
