#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# redis-server: with its own crash handler, without it, and healthy.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

REDIS=/usr/bin/redis-server

redis() {
    redis-cli -p "$PORT" "$@"
}

# start_redis OPTION...
start_redis() {
    PORT=$(low_port)
    start_server "$REDIS" --port "$PORT" --dir "$TMP" --save '' --enable-debug-command yes "$@"
    await "answering" redis ping
    child_of_runner
    redis set name value >/dev/null
    tasks=$(find "/proc/$SERVER/task" -mindepth 1 -maxdepth 1 | wc -l)
}

# right_report CODE_NAME NUMBER_OF_THREADS
right_report() {
    want "status" 11 "$(status_of with signal)"
    expect_signal 11 SIGSEGV "$1"
    want "threads" "$2" "$(report '.threads | length')"
    expect_calls debugCommand call processCommand main
    expect_title SIGSEGV debugCommand
    same_as_gdb "$REDIS"
    eu_stack_opens "$REDIS"
}

@test "redis with its own crash handler: both reports, ours shows the original fault" {
    # Redis' own test of its memory, in its handler, can end redis before its report is whole, with the shim or without
    # (tests/long/redis_memtest.sh). Such a run says nothing about this report, so another one is made.
    for _ in 1 2 3; do
        rm -rf "$CRASHES"
        start_redis
        redis debug segfault || true
        await_death
        ! grep -q 'REDIS BUG REPORT END' "$TMP/with.out" || break
    done
    grep -q 'REDIS BUG REPORT END' "$TMP/with.out" || fail "redis has not written its own report, or not all of it"
    take_bundle
    want "promoted" true "$(report .signal.promoted)"
    # Redis has ended its three background threads itself by then, to check the memory without them.
    right_report SEGV_ACCERR $((tasks - 3))
}

@test "redis without a crash handler" {
    start_redis --crash-log-enabled no
    redis debug segfault || true
    await_death
    take_bundle
    ! grep -q 'REDIS BUG REPORT START' "$TMP/with.out" || fail "redis has written a report"
    right_report SEGV_ACCERR "$tasks"
    [[ $(report '[.threads[].name] | join(" ")') == *bio_close_file* ]] || fail "the workers' names are missing"
}

# Descriptors, number of threads and of children of the server.
traces_of() {
    printf 'descriptors %s\n' "$(find "/proc/$1/fd" -mindepth 1 -printf '%f\n' | sort -n | tr '\n' ' ')"
    printf 'threads %s\n' "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)"
    printf 'children %s\n' "$(children_of "$1" | wc -l)"
}

# Redis closes the connections of clients that have gone when it comes to them: until then they stand in state 8, CLOSE-WAIT.
without_clients() {
    ! grep -Eq "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$PORT") [0-9A-F:]+ 0[18] " /proc/net/tcp
}

# healthy PRELOAD: the traces before and after some load, and how it ended.
healthy() {
    PORT=$(low_port)
    "$T/runner" -o "$TMP/with.status" -t 60000 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$1" \
        "$REDIS" --port "$PORT" --dir "$TMP" --save '' >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    RUNNER=$!
    await "answering" redis ping
    child_of_runner
    await "without clients" without_clients
    traces_of "$SERVER"
    redis-benchmark -p "$PORT" -n 20000 -c 20 -q -t set,get,lpush >"$TMP/benchmark" 2>&1 || fail "$(cat "$TMP/benchmark")"
    await "without clients" without_clients
    traces_of "$SERVER"
    redis dbsize
    redis shutdown nosave || true
    await_death
    printf 'exit %s signal %s\n' "$(status_of with exit)" "$(status_of with signal)"
    [ ! -s "$TMP/with.err" ] || fail "$(cat "$TMP/with.err")"
}

@test "a healthy redis: no message, child, thread or descriptor more" {
    healthy '' >"$TMP/without"
    healthy "$BUILD/libcrumple.so" >"$TMP/with"
    grep -q 'exit 0 signal 0' "$TMP/with"
    diff "$TMP/without" "$TMP/with"
    want "bundles" 0 "$(count_files '*.tar.zst')"
}
