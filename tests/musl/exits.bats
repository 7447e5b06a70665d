#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# musl tells no handler the status of an exit: the report has it all the same, from each way to end.

load helpers

setup() {
    setup_crash
    ENDS=$T/musl/musl_ends
}

teardown() {
    teardown_crash
}

# ends STATUS HOW [worker]: the same output with crumple and without.
ends() {
    local status=$1
    shift
    "$ENDS" "$@" >without.out 2>without.err || want "status without" "$status" "$?"
    rm -rf "$CRASHES"
    env ${EXIT:+CRUMPLE_EXIT="$EXIT"} CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$ENDS" "$@" >with.out 2>with.err ||
        want "status" "$status" "$?"
    diff without.out with.out
    diff without.err <(grep -v '^crumple: ' with.err)
}

# reported TITLE: an event.
reported() {
    EVENT='exit' right_files
    want "title" "$1" "$(report .title)"
}

quietly() {
    [ ! -e "$CRASHES" ] || want "bundles" '' "$(find "$CRASHES" -type f)"
}

@test "musl: exit, err and quick_exit in a worker are reported, with their status and caller [row 18]" {
    ends 3 exit 3 worker
    reported "exit(3) by gives_up"
    ends 4 errx 4 worker
    reported "exit(4) by gives_up through errx"
    ends 5 err 5 worker
    reported "exit(5) by gives_up through err"
    ends 6 quick_exit 6 worker
    reported "quick_exit(6) by gives_up"
    ends 7 _exit 7 worker
    reported "_exit(7) by gives_up"
}

@test "musl: an exit of main is no event unless it is asked for [row 18]" {
    ends 3 exit 3
    quietly
    ends 3 return 3
    quietly
    EXIT=off ends 3 exit 3 worker
    quietly
}

@test "musl: CRUMPLE_EXIT=nonzero reports main's return and exits of main [row 18]" {
    EXIT=nonzero ends 3 return 3
    reported "exit(3): main returned"
    EXIT=nonzero ends 4 errx 4
    reported "exit(4) by gives_up through errx"
    EXIT=nonzero ends 0 return 0
    quietly
    EXIT=all ends 0 return 0
    reported "exit(0): main returned"
}

@test "musl: a child that a handler of an exit makes has an exit of its own [row 18]" {
    cat >"$TMP/children.c" <<'C'
#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void forks(void)
{
    if (fork() == 0)
        errx(4, "child");
    wait(NULL);
}
int main(int argc, char **argv)
{
    (void)argv;
    (void)argc;
    atexit(forks);
    exit(3);
}
C
    musl-gcc -g -w -o "$TMP/children" "$TMP/children.c" -Wl,--eh-frame-hdr
    run -3 env CRUMPLE_EXIT=nonzero CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$TMP/children"
    want "exits" "exit(3) by main|exit(4) by forks through errx" \
        "$("$BUILD/crumple" list "$CRASHES" | gojq -r .title | sort | paste -sd '|')"
}
