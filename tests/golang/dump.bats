#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The goroutines of a Go server that hangs: only SIGQUIT makes Go print them, and it ends the server. Nothing else is ever sent it.

# shellcheck disable=SC2153,SC2030,SC2031 # ROOT is of lib.bash; each test is a subshell
load helpers

setup_file() { make -s -C "$ROOT" -f tests/golang/standin.mk B="$BUILD" standin >&2; }

# The ports of the stand-in are its own. In a process of its own, which it becomes.
in_own_network() {
    exec unshare --net -- sh -c 'python3 -c "import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sH22x\", b\"lo\", 1))"; exec "$@"' sh "$@"
}

setup() {
    trace_test
    [ "$(id -u)" = 0 ] || skip "a network of its own needs root"
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
}

teardown() {
    [ -z "${STARTED-}" ] || kill -KILL "$STARTED" "${SERVER:-$STARTED}" 2>/dev/null || true
}

# start COMMAND...: the stand-in, behind the command; STARTED is what was started, SERVER the stand-in
start() {
    : >"$TMP/out" # of an earlier one, it has the line already
    in_own_network "$@" "$STANDIN/nakama" serve "$STANDIN/arena.so" >"$TMP/out" 2>"$TMP/err" </dev/null 3>&- &
    STARTED=$!
    line_matches "$TMP/out" 'Startup done'
    SERVER=$(server_of "$STARTED")
    SERVER=${SERVER:-$STARTED}
}

ends_with() {
    local status=0
    wait "$STARTED" || status=$?
    STARTED=''
    want "the status" "$1" "$status"
}

client() {
    nsenter --target "$SERVER" --net "$STANDIN/nakama" client "$1" >/dev/null 3>&-
}

@test "a dump of a Go program says that goroutines are not in it; --quit ends it, and names the bundle that has them" {
    local bundle
    start "$RUN" --
    bundle=$("$BUILD/crumple" dump "$SERVER" 2>"$TMP/said")
    want "the words" "crumple: process $SERVER is a Go program: a dump does not show its goroutines. Only SIGQUIT makes Go print them, and it ends the process: crumple dump --quit $SERVER" "$(cat "$TMP/said")"
    [ -e "$bundle" ]
    client hang
    bundle=$("$BUILD/crumple" dump --quit "$SERVER")
    ends_with 2
    want "events" "dump died" "$(events -r .event | paste -sd' ')"
    want "the event" "$bundle go" "$(events -r "select(.event == \"died\") | \"$CRASHES/0/\\(.path) \\(.how)\"")"
    tar --zstd -xOf "$bundle" goroutines.txt | grep -q 'example.com/arena.(\*Match).trade'
}

@test "--quit sends nothing to what is not a running Go program, nor where it does not listen" {
    sleep 60 3>&- &
    local other=$!
    run -3 "$BUILD/crumple" dump --quit $other
    [[ $output == *"runs no Go program"*"nothing was sent to it" ]]
    kill -0 $other
    kill -KILL $other
    run -1 "$BUILD/crumple" dump --quit 999999999
    want "no process" "crumple: there is no process 999999999" "$output"
    start env
    kill -STOP "$SERVER"
    until grep -q '^State:.*T (stopped)' "/proc/$SERVER/status"; do sleep 0.01; done
    run -3 "$BUILD/crumple" dump --quit "$SERVER"
    [[ $output == *"is stopped"* ]]
    kill -CONT "$SERVER"
    kill -0 "$SERVER"
}

@test "--quit where crumple-run is not the parent: SIGQUIT, Go's words, no bundle" {
    start env
    run -0 "$BUILD/crumple" dump --quit "$SERVER"
    [[ $output == "crumple: SIGQUIT was sent to process $SERVER, "*"no bundle" ]]
    ends_with 2
    grep -q '^SIGQUIT: quit' "$TMP/err"
    want "bundles" 0 "$(find "$CRASHES" -name '*.tar.zst' 2>/dev/null | wc -l)"
}

@test "--stop-dump of a Go server that does not stop: its goroutines, and the end" {
    start "$RUN" --stop-dump=300ms --
    client hang
    kill -TERM "$STARTED"
    ends_with 2
    grep -q "^crumple: process $SERVER still runs 300 ms after SIGTERM; SIGQUIT makes Go print its goroutines, and ends it$" "$TMP/err"
    want "the event" "died go" "$(events -r '"\(.event) \(.how)"')"
}

@test "--stop-dump of a Go server behind a shell: with --go-traceback=all its goroutines, too" {
    start "$RUN" --stop-dump=300ms --go-traceback=all -- sh -c 'trap : TERM; "$@"; exit $?' sh
    SERVER=$(pgrep --parent "$SERVER" nakama)
    client hang
    kill -TERM "$STARTED"
    kill -TERM "$SERVER"
    ends_with 2
    grep -q "^crumple: process $SERVER still runs 300 ms after SIGTERM; SIGQUIT makes Go print" "$TMP/err"
    want "the events" "dump died" "$(events -r .event | paste -sd' ')"
    tar --zstd -xOf "$CRASHES/0/$(events -r 'select(.event == "died") | .path')" goroutines.txt | grep -q 'example.com/arena.(\*Match).trade'
}

@test "--stop-dump of a Go server that stops: nothing" {
    start "$RUN" --stop-dump=2s --
    kill -TERM "$STARTED"
    ends_with 0
    want "events" "" "$(events -r .event)"
}

@test "the doctor's words on a Go program, with crumple-run and without" {
    run -3 "$BUILD/crumple" doctor "$STANDIN/nakama-static"
    [[ $output == *"fail  program    a static Go program"*"-> start it by 'crumple run'"* ]]
    run -1 "$BUILD/crumple" doctor "$STANDIN/nakama"
    [[ $output == *"warn  runtime    Go: crumple-run reports"* ]]
    start env GOTRACEBACK=single "$RUN" --
    run -0 "$BUILD/crumple" doctor --pid "$SERVER"
    [[ $output == *"ok    runtime    Go below crumple-run:"*"note  runtime    GOTRACEBACK=single"* ]]
}
