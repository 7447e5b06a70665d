#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PostgreSQL 15, a cluster of its own on a Unix socket: a backend dies, the postmaster recovers, and the bundle lies with
# the user of the server.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup_file() {
    build_runtime postgres
    # The user of the server must reach everything, wherever the build lies.
    export CLUSTER=$(mktemp -d /tmp/crumple-pg-XXXXXX)
    local build=${TEST_BUILD:-$ROOT/build}
    cp "$build/libcrumple.so" "$build/crumple-writer" "$build/tests/runtimes/pg_crime.so" "$CLUSTER"
    chown postgres "$CLUSTER"
    (cd "$CLUSTER" && as_postgres initdb -D "$CLUSTER/data" -A trust --no-sync) >/dev/null
}
teardown_file() { rm -rf "$CLUSTER"; }
setup() {
    [ "$(id -u)" -eq 0 ] || skip "must become the user of the server"
    setup_runtime
    PORT=5433 # part of the socket's name only
    CRASHES=$CLUSTER/crashes-$BATS_TEST_NUMBER
    mkdir -m 1777 "$CRASHES"
    cd "$CLUSTER" || return 1
}
teardown() {
    [ -z "$SERVER" ] || kill -QUIT "$SERVER" 2>/dev/null || true
    [ -z "$SERVER" ] || timeout 20 tail --pid="$SERVER" -f /dev/null
    teardown_crash
}

as_postgres() {
    runuser -u postgres -- env PATH="/usr/lib/postgresql/15/bin:$PATH" "$@"
}

# start_postgres SETTING...: SERVER is the postmaster.
start_postgres() {
    local deadline=$((SECONDS + 30))
    as_postgres env "$@" postgres -D "$CLUSTER/data" -k "$CLUSTER" -p "$PORT" -c listen_addresses= -c fsync=off \
        -c shared_buffers=16MB -c restart_after_crash=on >"$TMP/server.log" 2>&1 </dev/null 3>&- &
    until query 'select 1'; do
        [ "$SECONDS" -lt "$deadline" ] || fail "the server does not answer:" "$(cat "$TMP/server.log")"
        sleep 0.1
    done >/dev/null 2>&1
    SERVER=$(head -n 1 "$CLUSTER/data/postmaster.pid")
}

with_crumple() {
    start_postgres CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$CLUSTER/libcrumple.so" "${SHIM[@]}"
    grep -q libcrumple "/proc/$SERVER/maps"
}

query() {
    as_postgres psql -h "$CLUSTER" -p "$PORT" -X -q -A -t -c "$1" postgres
}

# Immediately, as in an emergency: nothing of the server may be left.
stop_postgres() {
    local memory
    memory=$(awk 'NR == 7 {print $2}' "$CLUSTER/data/postmaster.pid")
    as_postgres pg_ctl -D "$CLUSTER/data" -m "$1" -w stop >/dev/null
    SERVER=''
    ! ipcs -m | awk '{print $2}' | grep -qx "$memory" || fail "shared memory $memory is left"
    none_are_left pgrep -f "$CLUSTER/data"
}

# The postmaster may still answer before it has heard of the death.
await_recovery() {
    local deadline=$((SECONDS + 30))
    until grep -q 'all server processes terminated; reinitializing' "$TMP/server.log" && query 'select 1' >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || fail "no recovery:" "$(cat "$TMP/server.log")"
        sleep 0.1
    done
    kill -0 "$SERVER" || fail "the postmaster is gone"
}

the_bundle() {
    BUNDLE_UID=$(id -u postgres) right_files
    right_index
    want "owner" postgres "$(stat -c %U "$BUNDLE")"
    want "status of the backend" "$1" "$(sed -n 's/.*server process.* was terminated by signal \([0-9]*\).*/\1/p' "$TMP/server.log")"
}

work_of() {
    as_postgres pgbench -i -s 1 -q -h "$CLUSTER" -p "$PORT" postgres >/dev/null 2>&1
    as_postgres pgbench -n -c 8 -j 2 -t 50 -h "$CLUSTER" -p "$PORT" postgres 2>&1 | grep 'transactions actually processed'
    query 'select count(*) from pgbench_history; drop table pgbench_history'
    query 'select 1 / 0' 2>&1 || true # the server's own handler for SIGFPE stays unused
    query "select pg_terminate_backend(pg_backend_pid())" 2>&1 | tail -n 1 || true
    as_postgres pg_ctl -D "$CLUSTER/data" status | sed -n 's/(PID: [0-9]*)//p'
}

@test "queries, an error, a backend that is ended, fast shutdown: undisturbed" {
    start_postgres
    work_of >"$TMP/without.txt"
    stop_postgres fast
    SHIM=(CRUMPLE_EXIT=off) BUNDLES=0
    with_crumple
    work_of >"$TMP/with.txt"
    diff "$TMP/without.txt" "$TMP/with.txt" || fail "other answers"
    grep -q '400/400' "$TMP/with.txt"
    stop_postgres fast
    ! grep '^crumple: ' "$TMP/server.log" || fail "crumple has said something"
    want "bundles" 0 "$(count_files '*.tar.zst')"
}

@test "PostgreSQL: kill -SEGV of one backend: the others are restarted, the bundle says who sent it [row 61]" {
    local backend
    with_crumple
    query 'select pg_sleep(20)' >/dev/null 2>&1 &
    until backend=$(query "select pid from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()") &&
        [ -n "$backend" ]; do sleep 0.1; done
    kill -SEGV "$backend"
    wait $! || true
    await_recovery
    the_bundle 11
    want "pid" "$backend" "$(report .pid)"
    want "sent" true "$(report .signal.sent)"
    expect_title 'SIGSEGV sent by bash (pid'
    expect_frames PostgresMain PostmasterMain main
    stop_postgres immediate
}

@test "a fault in a function of a backend: crash recovery, the bundle names it" {
    with_crumple
    query "create function crime() returns bigint language c as '$CLUSTER/pg_crime', 'pg_null_write'"
    query 'create table kept as select generate_series(1, 1000) as n'
    query 'select crime()' || true
    await_recovery
    want "rows after the recovery" 1000 "$(query 'select count(*) from kept')"
    the_bundle 11
    want "signal" "SIGSEGV SEGV_MAPERR 0x0" "$(report '.signal | "\(.name) \(.code_name) \(.addr)"')"
    expect_title SIGSEGV pg_null_write
    expect_frames pg_null_write PostgresMain main
    [[ $(report '.threads | length') = 1 ]]
    stop_postgres immediate
}

@test "kill -ABRT of the postmaster: it dies with a bundle, and the server can be started again" {
    with_crumple
    kill -ABRT "$SERVER"
    timeout 20 tail --pid="$SERVER" -f /dev/null
    SERVER=''
    BUNDLE_UID=$(id -u postgres) right_files
    expect_title 'SIGABRT sent by bash (pid'
    expect_frames PostmasterMain main
    with_crumple
    stop_postgres fast
}
