#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple-run as an init: tini's documented behaviour, point by point, with tini beside it where Debian has it.

load helpers

# same_as_tini OUTPUT... -- COMMAND...: tini and crumple-run end with the same status and print the same.
both() {
    local tini run
    tini=0
    tini -s "$@" >"$TMP/tini.out" 2>"$TMP/tini.err" || tini=$?
    run=0
    "$RUN" --no-preload -s "$@" >"$TMP/run.out" 2>"$TMP/run.err" || run=$?
    want "the status of $*" "$tini" "$run"
    cmp "$TMP/tini.out" "$TMP/run.out"
}

@test "a status passes through" {
    local status
    for status in 0 1 7 126 127 128 255; do
        both -- sh -c "exit $status"
    done
}

@test "an end by a signal is 128 and its number" {
    local signo
    for signo in 1 2 3 6 9 11 13 15 24 31 34 64; do
        both -- bash -c "kill -$signo \$\$; sleep 5"
    done
}

@test "a command that is not found is 127, one that cannot be executed 126" {
    both -- /nonexistent/server
    both -- nonexistent-server
    touch "$TMP/not-executable"
    both -- "$TMP/not-executable"
    both -- "$TMP"
}

@test "-e makes 0 of a status" {
    both -e 143 -- bash -c 'kill $$; sleep 5'
    both -e 7 -e 8 -- sh -c 'exit 8'
    both -e 7 -- sh -c 'exit 8'
}
