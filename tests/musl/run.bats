#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is around a server of musl: crumple-run's restarts and dumps, 'crumple dump'. Images are in entrypoint/containers.bats.

load ../entrypoint/helpers

setup_file() {
    musl-gcc -g -Wl,--build-id,--eh-frame-hdr -o "$BATS_FILE_TMPDIR/server" "$ROOT/tests/programs/musl_server.c"
    gcc -g -pthread -o "$BATS_FILE_TMPDIR/server-glibc" "$ROOT/tests/programs/musl_server.c"
}

setup() {
    trace_test
    TMP=$BATS_TEST_TMPDIR CRASHES=$BATS_TEST_TMPDIR/crashes SERVER=$BATS_FILE_TMPDIR/server
    export CRUMPLE_DIR=$CRASHES
}

teardown() {
    [ -z "${STARTED-}" ] || kill -KILL "$STARTED" 2>/dev/null || true
}

@test "--restart: a server of musl dies of a fault, and no client is refused meanwhile" {
    local port
    port=$(low_port)
    "$RUN" --restart on-crash --backoff 300ms..300ms -- "$SERVER" listen "$port" >"$TMP/out" 2>"$TMP/err" &
    STARTED=$!
    until port_is_open "$port"; do sleep 0.02; done
    /usr/bin/python3 - "$port" <<'PY'
import socket, sys
def ask(byte):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as client:
        client.sendall(byte)
        return client.recv(1)
assert ask(b"a") == b"a"
assert ask(b"x") == b""
for _ in range(20):
    assert ask(b"b") == b"b"
PY
    kill -TERM "$STARTED"
    wait "$STARTED" || want "the status" 143 $?
    want "crashes" 1 "$(grep -c 'SIGSEGV in handle_request' "$TMP/err")" || fail "$(cat "$TMP/err")"
    want "lives" 2 "$(grep -c ready "$TMP/out")"
}

@test "--stop-dump: a server of musl that ignores SIGTERM is dumped" {
    "$RUN" --stop-dump=200ms -- "$SERVER" deaf >"$TMP/out" 2>"$TMP/err" &
    STARTED=$!
    line_within "$TMP/out" ready
    kill -TERM "$STARTED"
    line_matches "$TMP/err" 'still runs 200 ms after SIGTERM; dump: /'
    kill -KILL "$(server_of "$STARTED")"
    wait "$STARTED" || want "the status" 137 $?
    want "the dump" "dump 2" "$(gojq -r '"\(.event) \(.threads | length)"' <("$BUILD/crumple" show --json "$(events -r 'select(.event == "dump") | .id')"))"
}

@test "crumple dump: the libc of a program that is an argument of its loader" {
    local loader object program
    while read -r loader object program; do
        "$loader" --preload "$BUILD/$object" "$program" wait >"$TMP/out" 2>"$TMP/err" &
        STARTED=$!
        line_within "$TMP/out" ready
        run -0 timeout 20 "$BUILD/crumple" dump "$STARTED"
        want "threads" 2 "$("$BUILD/crumple" show --json "$output" | gojq '.threads | length')"
        kill -KILL "$STARTED"
        wait "$STARTED" || true
    done <<END
/lib/ld-musl-x86_64.so.1 musl/libcrumple.so $SERVER
/lib64/ld-linux-x86-64.so.2 libcrumple.so $SERVER-glibc
END
}

@test "crumple dump: a process that has the object of the other libc is not asked" {
    LD_PRELOAD=$BUILD/libcrumple.so "$SERVER" wait >"$TMP/out" 2>"$TMP/err" &
    STARTED=$!
    line_within "$TMP/out" ready
    run -3 timeout 20 "$BUILD/crumple" dump "$STARTED"
    [[ $output == *"does not listen (CRUMPLE=0, the object is for another libc, "*"nothing was sent to it"* ]] || fail "$output"
    kill -0 "$STARTED"
}

@test "a shell of glibc and a program of musl each start a server of musl, which runs" {
    printf '#!/bin/sh\nexec "$0-server" 7\n' >"$TMP/script"
    ln -s "$SERVER" "$TMP/script-server"
    chmod +x "$TMP/script"
    run -7 "$RUN" -- "$TMP/script"
    [[ $output == "crumple: this libcrumple.so is the one for glibc, and the program has musl"* ]] || fail "$output"
    run -7 "$RUN" -- "$SERVER" run "$SERVER" 7
    [[ $output != *"libcrumple.so"* ]] || fail "$output"
}
