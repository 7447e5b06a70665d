#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Somebody who has never seen crumple gets from the crash to the guilty line: the crash itself prints the command.

load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    cd "$TMP" || return 1
}

VICTIM=$T/victim

# dies [VARIABLE=VALUE...]: the victim writes through NULL; the command that it prints last is in COMMAND.
dies() {
    env CRUMPLE_DIR="$TMP/crashes" "$@" "$VICTIM" null-write >out 2>err || true
    COMMAND=$(sed -n '$s/^crumple: report: //p' err)
    [ -n "$COMMAND" ] || fail "the last line is no command:" "$(cat err)"
}

# Nothing of this shell's: as another user's would, on another day.
copied() {
    env -i PATH=/usr/bin:/bin TERM=dumb sh -c "cd / && $COMMAND"
}


@test "stderr's last line is a command that shows the crash, down to the source line" {
    dies LD_PRELOAD="$BUILD/libcrumple.so"
    [[ $COMMAND == "$BUILD/crumple show $TMP/crashes/"*.tar.zst ]]
    run -0 --separate-stderr copied
    [ -z "$stderr" ]
    [[ ${lines[0]} == "SIGSEGV in write_through_null"* ]]
    local guilty
    guilty=$(sed -n 's/^  #0  *write_through_null.* at \([^ ]*\) .*/\1/p' <<<"$output")
    [[ $guilty == tests/victim/memory.c:* ]] || fail "no line: $output"
    [[ $(sed -n "${guilty##*:}p" "$ROOT/tests/victim/memory.c") == *'(volatile int *)NULL = 1'* ]]
}

@test "a stripped program: the first command says which option leads to the line, the second has it" {
    mkdir debug bin
    objcopy --only-keep-debug "$T/victim" debug/victim.debug
    objcopy --strip-all "$T/victim" bin/victim
    VICTIM=$TMP/bin/victim
    dies LD_PRELOAD="$BUILD/libcrumple.so"
    run -0 copied
    [[ $output == *"(no source lines of victim, build-id "*"name its debug file by --debug-dir DIR)"* ]]
    COMMAND+=" --debug-dir $TMP/debug"
    run -0 copied
    [[ $output == *"#0   write_through_null+0x0 at tests/victim/memory.c:"* ]]
}

@test "stderr's last line: a directory that a shell would read otherwise" {
    mkdir "$TMP/it's \$(here); x"
    dies LD_PRELOAD="$BUILD/libcrumple.so" CRUMPLE_DIR="$TMP/it's \$(here); x"
    run -0 --separate-stderr copied
    [[ ${lines[0]} == "SIGSEGV in write_through_null"* ]]
}

@test "stderr's last line: where crumple is installed below a prefix, and where it is not installed" {
    mkdir -p prefix/bin prefix/lib/crumple
    cp "$BUILD/libcrumple.so" "$BUILD/crumple-writer" prefix/lib/crumple/
    cp "$BUILD/crumple" prefix/bin/
    dies LD_PRELOAD="$TMP/prefix/lib/crumple/libcrumple.so"
    [[ $COMMAND == "$TMP/prefix/bin/crumple show "* ]]
    run -0 copied
    rm prefix/bin/crumple
    dies LD_PRELOAD="$TMP/prefix/lib/crumple/libcrumple.so"
    [[ $COMMAND == "crumple show $TMP/crashes/"* ]]
}

@test "from ls alone: the bundle is named by time, program and pid, and 'crumple BUNDLE' is enough" {
    local name
    dies LD_PRELOAD="$BUILD/libcrumple.so"
    cd "$TMP/crashes/$(id -u)"
    name=$(ls ./*.tar.zst)
    [[ $name =~ ^./[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-victim-[0-9]+\.tar\.zst$ ]]
    run -0 "$BUILD/crumple" "$name"
    [[ ${lines[0]} == "SIGSEGV in write_through_null"* ]]
    # and without crumple
    [[ $(tar --zstd -xOf "$name" report.txt) == *write_through_null* ]]
}
