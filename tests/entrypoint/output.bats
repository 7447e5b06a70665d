#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --keep-output: the server notices nothing, its bytes pass, and no one who dies takes the output away.

load helpers

# kept OPTION... -- COMMAND...: crumple-run with its output kept, and nothing of crumple in the server
kept() {
    "$RUN" --keep-output --no-preload "$@"
}

@test "bytes pass unchanged and whole, on stdout and stderr" {
    head -c 20000000 /dev/urandom >"$TMP/bytes"
    kept -- sh -c "cat '$TMP/bytes'; cat '$TMP/bytes' >&2" > >(cat >"$TMP/out") 2> >(cat >"$TMP/err")
    wait
    sleep 0.3
    cmp "$TMP/bytes" "$TMP/out"
    cmp "$TMP/bytes" "$TMP/err"
}

@test "lines on a stdout and stderr that are one pipe keep their order" {
    kept -- sh -c 'for i in $(seq 500); do echo "out $i"; echo "err $i" >&2; done' 2>&1 | cat >"$TMP/both"
    for i in $(seq 500); do printf 'out %s\nerr %s\n' "$i" "$i"; done | cmp - "$TMP/both"
}

# Each kind of descriptor, seen from inside, with and without.
@test "the server sees the same kind of stdout and stderr: pipe, file, terminal, socket, closed" {
    local how
    mkfifo "$TMP/fifo"
    for how in '| cat' '>>"$TMP/file" 2>&1' '>"$TMP/file" 2>>"$TMP/file2"' '2>&1 | cat' '>&- 2>"$TMP/file"' '>"$TMP/file" 2>&-'; do
        eval "'$T/descriptors' '$TMP/without' $how"
        eval "kept -- '$T/descriptors' '$TMP/with' $how"
        diff "$TMP/without" "$TMP/with" || fail "as $how"
    done
    script -qc "stty rows 31 cols 97; '$T/descriptors' '$TMP/without'" /dev/null </dev/null >/dev/null
    script -qc "stty rows 31 cols 97; '$RUN' --no-preload --keep-output -- '$T/descriptors' '$TMP/with'" /dev/null </dev/null >/dev/null
    diff "$TMP/without" "$TMP/with"
    grep -q 'tty 1 size 31x97' "$TMP/with"
    python3 - "$RUN" "$T/descriptors" "$TMP" <<'END'
import socket, subprocess, sys
run, program, tmp = sys.argv[1:]
for name, before in ("without", []), ("with", [run, "--no-preload", "--keep-output", "--"]):
    ours, theirs = socket.socketpair()
    subprocess.run(before + [program, tmp + "/" + name], stdout=theirs, stderr=theirs, check=True)
END
    diff "$TMP/without" "$TMP/with"
}

@test "a program that speaks to the journal finds it at its stdout and stderr, and only there" {
    local seen='python3 -c "import os; print(*[\"%d:%d\" % (os.fstat(n).st_dev, os.fstat(n).st_ino) == os.environ[\"JOURNAL_STREAM\"] for n in (1, 2)], file=open(os.environ[\"SEEN\"], \"a\"))"'
    export SEEN=$TMP/seen
    for stream in 1 2; do
        (
            exec 6>&$stream
            JOURNAL_STREAM=$(stat -Lc %d:%i /dev/fd/6) kept -- sh -c "$seen"
        ) 2> >(cat >&2) | cat
    done
    JOURNAL_STREAM=1:2 kept -- sh -c "$seen" 2>&1 | cat
    want "what was seen" "True False,False True,False False" "$(paste -sd, "$SEEN")"
}

@test "a device that is no terminal becomes a pipe, whose bytes go there" {
    kept -- "$T/descriptors" "$TMP/with" >/dev/null 2>&1
    grep -q '^1 kind 10' "$TMP/with"
    kept -- echo lost >/dev/full
}

@test "a terminal shows each line once, and ends it once" {
    script -qc "printf 'one\\ntwo\\n'" /dev/null </dev/null >"$TMP/without"
    script -qc "'$RUN' --no-preload --keep-output -- printf 'one\\ntwo\\n'" /dev/null </dev/null >"$TMP/with"
    cmp "$TMP/without" "$TMP/with"
}

@test "a reader that goes away is noticed as without crumple-run" {
    local -a without with
    yes | head -n 1 >/dev/null
    without=("${PIPESTATUS[@]}")
    kept -- yes | head -n 1 >/dev/null
    with=("${PIPESTATUS[@]}")
    want "the statuses" "${without[*]}" "${with[*]}"
    # Also of one that has run for a while, beside processes of crumple-run's own.
    kept -- bash -c 'trap "exit 9" PIPE; sleep 0.5; for i in 1 2 3 4 5 6 7 8 9; do echo "line $i"; sleep 0.2; done' | head -n 1 >/dev/null
    want "the status" 9 "${PIPESTATUS[0]}"
}

@test "a slow reader slows the server, and gets everything" {
    kept -- head -c 1000000 /dev/zero | { sleep 1; cat; } >"$TMP/slow"
    want "bytes" 1000000 "$(stat -c %s "$TMP/slow")"
}

@test "a daemon that holds the output delays no end, and its lines still pass" {
    mkfifo "$TMP/fifo"
    cat "$TMP/fifo" >"$TMP/out" &
    local reader=$! started=${EPOCHREALTIME/./}
    kept -- sh -c '(sleep 2; echo late) & echo early; exit 3' >"$TMP/fifo" || want "status" 3 $?
    [ $((${EPOCHREALTIME/./} - started)) -lt 1500000 ]
    wait $reader
    want "lines" "early late" "$(tr '\n' ' ' <"$TMP/out" | sed 's/ $//')"
}

# limits DESCRIPTORS: status and stdout of a server under the limit
limits() {
    local status
    (
        ulimit -n "$1"
        shift
        exec "$@" sh -c 'echo line; exit 5'
    ) 2> >(cat >"$TMP/err") | cat >"$TMP/out"
    status=${PIPESTATUS[0]}
    echo "$status $(cat "$TMP/out")"
}

@test "a reader that takes nothing delays no end: two seconds for all, and the event is told" {
    local a b started event
    mkfifo "$TMP/a" "$TMP/b"
    exec {a}<>"$TMP/a" {b}<>"$TMP/b"
    CRUMPLE_STDERR=off timeout 20 "$RUN" --no-preload --keep-output -- \
        bash -c 'yes & yes >&2 & sleep 1; exit 3' \
        >"$TMP/a" 2>"$TMP/b" {a}>&- {b}>&- &
    sleep 1.2
    started=${EPOCHREALTIME/./}
    wait $! || want "status" 3 $?
    [ $((${EPOCHREALTIME/./} - started)) -lt 3800000 ] || fail "$(((${EPOCHREALTIME/./} - started) / 1000)) ms"
    event=$(grep -c '"how":"status"' "$CRASHES/$(id -u)/crashes.ndjson")
    want "events" 1 "$event"
    exec {a}>&- {b}>&-
}

@test "a daemon that writes for ever delays no end" {
    local started=${EPOCHREALTIME/./}
    kept -- bash -c 'yes & echo $! >"$0"; sleep 0.2; exit 3' "$TMP/pid" 2>/dev/null \
        > >(while read -r -N 4096; do sleep 0.01; done) || want "status" 3 $?
    kill "$(cat "$TMP/pid")"
    [ $((${EPOCHREALTIME/./} - started)) -lt 1500000 ]
}

@test "few descriptors cost the output that is kept, never the server" {
    local n
    for n in 8 9 10 11 12 13 14 15 16 20; do
        want "without, $n" "5 line" "$(limits "$n")"
        want "with $n descriptors" "5 line" "$(limits "$n" "$RUN" --no-preload --keep-output --)"
    done
}

@test "no process for a guard costs the output that is kept, never the server" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    local n user=54321
    for n in 2 3 4; do
        CRUMPLE_DIR=$TMP/none setpriv --reuid $user --clear-groups prlimit --nproc=$n \
            "$RUN" --no-preload --keep-output -- "$(command -v echo)" line >"$TMP/out" 2> >(cat >"$TMP/err") || fail "$n: $?" "$(cat "$TMP/err")"
        want "with $n processes" line "$(cat "$TMP/out")"
    done
}

@test "another user that the server becomes can open /dev/stdout by name as before" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    kept -- setpriv --reuid 65534 --clear-groups sh -c 'echo line >/dev/stdout' >/dev/null
}

@test "a guard that is killed is replaced, and the server lives" {
    kept -- bash -c 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.25; done; exit 5' 2>&1 | cat >"$TMP/out" &
    local pipeline=$!
    sleep 0.7
    kill -9 "$(process_of crumple-guard "line \$i; sleep 0.25")"
    wait $pipeline
    want "the last line" "line 8" "$(grep '^line' "$TMP/out" | tail -n 1)"
}

build_go_talker() {
    cat >"$TMP/go_talker.go" <<'END'
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	for i := 1; i <= 6; i++ {
		time.Sleep(200 * time.Millisecond)
		fmt.Println("line", i)
		fmt.Fprintln(os.Stderr, "err", i)
	}
	os.Exit(7)
}
END
    CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' GOCACHE=$T/runtimes/gocache /usr/lib/go-1.19/bin/go build -o "$TMP/go_talker" "$TMP/go_talker.go"
}

# SIGKILL of crumple-run alone. The outer one adopts the server, and says its status.
@test "crumple-run is killed: the server goes on writing, and ends with its own status" {
    local who pid
    build_go_talker
    for who in sh c go dropped; do
        case $who in
        sh) set -- bash -c 'for i in 1 2 3 4 5 6; do sleep 0.2; echo "line $i"; echo "err $i" >&2; done; exit 7' ;;
        c) set -- "$T/talker" 7 ;;
        go) set -- "$TMP/go_talker" ;;
        dropped) set -- setpriv --reuid 65534 --clear-groups "$T/talker" 7 ;;
        esac
        OUT=$TMP/out.$who "$RUN" -s -w --no-preload -- \
            bash -c '"$0" --keep-output --no-preload -- "$@" 2>&1 | cat >"$OUT"; sleep 3' "$RUN" "$@" 2>"$TMP/err.$who" &
        sleep 0.6
        pid=$(pgrep -xf "$RUN --keep-output --no-preload -- .*" | head -n 1)
        kill -9 "$pid"
        wait $!
        grep -q 'ended with status 7' "$TMP/err.$who" || fail "$who" "$(cat "$TMP/err.$who")"
        grep -q 'line 6' "$TMP/out.$who" || fail "$who" "$(cat "$TMP/out.$who")"
    done
}
