#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2016 # output is bats's, and dollars are gdb's
# Row 66: debuggers, tracers, valgrind and sanitizers go with the shim as they go without: docs/tools.md.

load helpers

setup() {
    setup_crash
    TOOLED=$T/tooled-plain
    # timeout, env and the tools themselves are none of its business.
    SHIMMED=(LD_PRELOAD="$BUILD$LIBC/libcrumple.so" CRUMPLE_DIR="$CRASHES" CRUMPLE_ONLY='tooled*')
}

teardown() {
    [ -z "${SERVING-}" ] || kill -KILL "$SERVING" 2>/dev/null || true
}

need_tool() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# debug GDB_COMMAND... -- WORD: gdb with the shim in the program only.
debug() {
    local commands=()
    while [ "$1" != -- ]; do
        commands+=(-ex "$1")
        shift
    done
    run timeout -k 5 120 gdb -q -nx -batch -ex 'set startup-with-shell off' -ex 'set confirm off' \
        -ex "set environment LD_PRELOAD=$BUILD$LIBC/libcrumple.so" -ex "set environment CRUMPLE_DIR=$CRASHES" \
        "${commands[@]}" --args "$TOOLED" "$2"
}

says() {
    local words
    for words in "$@"; do
        [[ $output == *"$words"* ]] || fail "no '$words' in:" "$output"
    done
}

bundles() {
    want "bundles" "$1" "$(count_files '*.tar.zst')"
    want "pending cores and temporary files" 0 "$(($(count_files '*.core') + $(count_files '*.tmp')))"
}

@test "gdb stops at a breakpoint, goes on, and the program ends as ever [row 66]" {
    debug 'break break_here' run bt continue -- ok
    says "break_here ()" "main (" "counted 4" "exited with code 07"
    bundles 0
}

@test "gdb sees a fault first; 'continue' makes the bundle, and once more kills the program [row 66]" {
    debug run bt continue 'p $_siginfo.si_code' continue -- null
    says "received signal SIGSEGV" "#0  write_at (p=" 'crumple: report: ' '$1 = 1' "Program terminated with signal SIGSEGV"
    bundles 1
    says "crumple: SIGSEGV in write_at"
}

@test "gdb that passes the signal without a stop changes nothing [row 66]" {
    debug 'handle SIGSEGV nostop noprint pass' run -- null
    says "Program terminated with signal SIGSEGV"
    bundles 1
}

@test "a debugger may attach to a served process and leave [row 66]" {
    local waited rc=0
    env "${SHIMMED[@]}" "$TOOLED" serve >"$TMP/out" 2>"$TMP/err" 3>&- &
    SERVING=$!
    for waited in {1..500}; do
        ! grep -q '^pid' "$TMP/out" || break
        sleep 0.02
    done
    echo "waited $waited times"
    run -0 timeout -k 5 60 gdb -q -nx -batch -p "$SERVING" -ex bt -ex detach
    says "main ("
    run timeout -k 5 60 eu-stack -p "$SERVING"
    says "main"
    run -0 timeout -k 5 60 gcore -o "$TMP/live" "$SERVING"
    [ -s "$TMP/live.$SERVING" ]
    kill -0 "$SERVING"
    bundles 0
    kill -SEGV "$SERVING"
    wait "$SERVING" || rc=$?
    want "status" 139 "$rc"
    bundles 1
}

@test "strace -f around a crash: the status is the signal's, and there is a bundle [row 66]" {
    need_tool strace
    run -139 timeout -k 5 60 strace -f -o "$TMP/trace" env "${SHIMMED[@]}" CRUMPLE_STDERR=off "$TOOLED" null
    grep -q 'si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL' "$TMP/trace"
    grep -q '+++ killed by SIGSEGV' "$TMP/trace"
    bundles 1
}

# sanitized BUILD WORD STATUS [WORDS...]: the same with and without, no bundle; the sanitizer's words are there.
sanitized() {
    local program=$T/tooled-$1 word=$2 status=$3 options=verify_asan_link_order=0
    shift 3
    ASAN_OPTIONS=$options run "-$status" timeout -k 5 60 "$program" "$word"
    says "$@"
    ASAN_OPTIONS=$options run "-$status" timeout -k 5 60 env "${SHIMMED[@]}" "$program" "$word"
    says "$@"
    [[ $output != *"crumple: "* ]] || fail "$output"
    bundles 0
}

@test "with gcc's AddressSanitizer the program runs, the sanitizer's report wins [row 66]" {
    sanitized gcc-asan ok 7 "counted 4"
    sanitized gcc-asan null 1 "ERROR: AddressSanitizer: SEGV" write_at
    sanitized gcc-asan heap 1 heap-buffer-overflow
}

@test "with clang's AddressSanitizer, linked in, crumple needs no option [row 66]" {
    sanitized clang-asan ok 7 "counted 4"
    sanitized clang-asan null 1 "ERROR: AddressSanitizer: SEGV" write_at
    run -7 env "${SHIMMED[@]}" "$T/tooled-clang-asan" ok
}

@test "with clang's ThreadSanitizer the program runs, the sanitizer's report wins [row 66]" {
    sanitized clang-tsan ok 7 "counted 4"
    sanitized clang-tsan null 66 "ERROR: ThreadSanitizer: SEGV" write_at
}

@test "with clang's UndefinedBehaviorSanitizer the program runs, the sanitizer's report wins [row 66]" {
    sanitized clang-ubsan ok 7 "counted 4"
    sanitized clang-ubsan null 1 "ERROR: UndefinedBehaviorSanitizer: SEGV" write_at
}

# under_valgrind WITH|WITHOUT WORD: status and report, without what differs from run to run.
under_valgrind() {
    local shim=()
    [ "$1" = without ] || shim=("${SHIMMED[@]}")
    env "${shim[@]}" CRUMPLE_STDERR=text valgrind -q --log-file="$TMP/valgrind.log" "$TOOLED" "$2" >"$TMP/$1.out" 2>&1 ||
        echo "status $?" >>"$TMP/$1.out"
    sed -E 's/^==[0-9]+==/==/; s/0x[0-9a-f]+/N/g' "$TMP/valgrind.log" >>"$TMP/$1.out"
}

@test "under valgrind: no new errors, its report of a fault, the same status [row 66]" {
    local word
    need_tool valgrind
    for word in ok heap null; do
        under_valgrind without "$word"
        under_valgrind with "$word"
        diff "$TMP/without.out" "$TMP/with.out" || fail "$word"
    done
    grep -q 'Process terminating with default action of signal 11' "$TMP/with.out"
    grep -q 'status 139' "$TMP/with.out"
    bundles 0
}

@test "perf record follows a crash [row 66]" {
    need_tool perf
    run timeout -k 5 60 perf record -o "$TMP/perf.data" -e task-clock -- "$TOOLED" ok
    [ "$status" = 7 ] || skip "perf cannot measure here"
    run -139 timeout -k 5 60 perf record -o "$TMP/perf.data" -e task-clock -- env "${SHIMMED[@]}" "$TOOLED" null
    bundles 1
}
