#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple show --locals: the variables of the faulting thread's frames, as gdb reads them from the same core, and in the
# process itself before it died.
# shellcheck source=tests/lib.bash
source "${BATS_TEST_FILENAME%/*}/../lib.bash"

setup() {
    CRASHES=$BATS_TEST_TMPDIR/crashes
    mkdir "$CRASHES"
    unset LD_PRELOAD "${!CRUMPLE@}" DEBUGINFOD_URLS
    trace_test
}

# dies PROGRAM ARGUMENT...
dies() {
    CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD/libcrumple.so timeout 30 "$T/locals/$1" "${@:2}" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || true
}

show() {
    "$BUILD/crumple" show --dir "$CRASHES" "$@"
}

# variable NAME [FIELD]: of the innermost frame that has it
variable() {
    show --locals --json last | gojq -r --arg name "$1" --arg field "${2-value}" \
        '[.threads[0].frames[].locals[]? | select(.name == $name)][0][$field]'
}

# as_gdb PROGRAM ARGUMENT...: the crash, and what gdb reads otherwise. Bytes are numbers here, and text there.
as_gdb() {
    rm -rf "${CRASHES:?}"/*
    dies "$@"
    show --all --secrets --locals --json last >"$BATS_TEST_TMPDIR/report"
    LOCALS=$BATS_TEST_TMPDIR/report show --gdb last -- -nx -batch -x "$ROOT/tests/context/locals_gdb.py" >"$BATS_TEST_TMPDIR/gdb" 2>&1
    grep -qE '^compared [1-9]' "$BATS_TEST_TMPDIR/gdb" || fail "$(cat "$BATS_TEST_TMPDIR/gdb")"
    ! grep -E '^(differs|missing)' "$BATS_TEST_TMPDIR/gdb" | grep -vE 'octets = |bytes = ' || fail "$*"
}

@test "numbers, text, structs, bit-fields, unions and pointers are what gdb reads from the same core" {
    local program
    for program in gcc-O0 gcc-Og gcc-O2 clang-O0 clang-O2; do
        as_gdb "$program" kinds 5
    done
}

@test "values in registers, of inlined functions, and arguments that only the caller still knows" {
    as_gdb gcc-O2 registers
    as_gdb clang-O2 registers
    as_gdb gcc-O2 inlined
    as_gdb clang-O2 inlined
    as_gdb gcc-Og inlined
    as_gdb gcc-O2 recursion 20
}

@test "what leads from frames to the heap is in the core, two levels deep" {
    as_gdb gcc-O2 heap 9
    [[ $(variable head points_to) == '{number = 1, label = 0x'*' "node 1", next = 0x'*'}' ]]
    as_gdb clang-O0 flexible 3
    [[ $(variable words points_to) == '{count = 3, text = "flexible"}' ]]
}

# as_expected NAME VALUE
as_expected() {
    want "$1" "$2" "$(variable "$1")"
}

@test "arrays of variable length, in C; bytes are numbers unless they look like text" {
    local program
    for program in gcc-O0 gcc-O2 clang-O0; do
        rm -rf "${CRASHES:?}"/*
        dies "$program" vla 6
        as_expected values '{0, 1, 4, 9, 16, 25}'
        as_expected text '"vvvvvv"'
    done
    rm -rf "${CRASHES:?}"/*
    dies gcc-O2 kinds 5
    as_expected address '{port = 8085, octets = {10, 0, 0, 1}}'
    as_expected row '{0, 5, 10, 15, 20, 25, 30, 35...}'
    [[ $(variable freed) == 0x*' <not in the core>' ]]
}

@test "C++: strings, vectors, references, base classes, methods and lambdas" {
    local program
    for program in cpp-gcc-O0 cpp-gcc-O2 cpp-clang-O2; do
        rm -rf "${CRASHES:?}"/*
        dies "$program" library 5
        as_expected numbers 'std::vector of length 3 {1, 2, 3}'
        as_expected now lobby
        [[ $(variable moved) == @0x*': 6' ]]
        [[ $(variable reference) == @0x*': {<entity> = {'*'id = 1}, name = '*', now = playing, health = 100}' ]]
    done
    rm -rf "${CRASHES:?}"/*
    dies cpp-gcc-O0 library 5
    as_expected tiny '"tiny"'
    as_expected flags '{true, false, true}'
    as_expected empty '""'
    as_expected nothing nullptr
    as_expected names 'std::vector of length 2 {"a", "b"}'
    rm -rf "${CRASHES:?}"/*
    dies cpp-gcc-O2 method 5
    as_expected sum 105
    [[ $(variable blame) == '{__left = @0x'*': 95, __by = @0x'*': "bob"}' ]]
    rm -rf "${CRASHES:?}"/*
    dies cpp-clang-O2 inlined 5
    as_expected result 10
    as_expected low 10
    as_expected by '"bob"'
}

@test "arena, a server of many threads, has the same values in the process, in gdb, and in the bundle afterwards" {
    : >"$BATS_TEST_TMPDIR/gdb" # The loop below may look before the background shell has opened it.
    LIVE="'$BUILD/crumple' show --dir '$CRASHES' --all --secrets --locals --json last" timeout 60 gdb -nx -q -batch -ex 'set startup-with-shell off' \
        -ex "set environment LD_PRELOAD $BUILD/libcrumple.so" -ex "set environment CRUMPLE_DIR $CRASHES" \
        -ex 'set environment CRUMPLE_TIMEOUT 60s' -ex 'handle SIGSEGV stop pass' -ex 'handle SIG33 nostop noprint pass' \
        -ex run -x "$ROOT/tests/context/locals_gdb.py" --args "$TEST_BUILD/demo/arena" -p 0 >"$BATS_TEST_TMPDIR/gdb" 2>&1 3>&- &
    local gdb=$! port=''
    for _ in {1..200}; do
        port=$(sed -n 's/.*listening.*://p' "$BATS_TEST_TMPDIR/gdb")
        [ -z "$port" ] || break
        sleep 0.05
    done
    timeout 20 "$TEST_BUILD/demo/arena-client" -p "$port" say 'HELLO zoe' 'JOIN 1' 'EMOTE' >/dev/null 2>&1 3>&- || true
    wait "$gdb" || true
    grep -qE '^compared [1-9]' "$BATS_TEST_TMPDIR/gdb" || fail "$(tail -30 "$BATS_TEST_TMPDIR/gdb")"
    ! grep -E '^(differs|missing)' "$BATS_TEST_TMPDIR/gdb" || fail "$(cat "$BATS_TEST_TMPDIR/gdb")"
    run show --locals last
    # The match, the player and the message; lines may be broken anywhere.
    output=$(tr -s ' \n' ' ' <<<"$output")
    [[ $output == *'connection = (struct connection *) 0x'*'player = {player = 0, ticket = 1, match = 1, seat = 0}, name = "zoe"'*'input = "EMOTE"'* ]]
}

@test "a name that looks secret hides its value, of a variable and of a member, unless --secrets is given" {
    dies gcc-O0 kinds 5
    run -0 show --locals last
    [[ $output == *'        password = [secret]'* ]]
    [[ $output == *'password = [secret]}'* ]]
    [[ $output != *hunter2* && $output != *swordfish* ]]
    run -0 show --locals --json last
    [[ $output != *hunter2* && $output != *swordfish* ]]
    run -0 show --locals --secrets last
    [[ $output == *hunter2* && $output == *swordfish* ]]
}

@test "without debug information a line names the module, its build-id, and what to do" {
    dies gcc-O2-stripped kinds 5
    run -0 --separate-stderr show --locals last
    [[ $output =~ "(no source lines or variables of gcc-O2-stripped, build-id "[0-9a-f]{40}": no debug information;"$'\n'"   build it with -g, or name its debug file by --debug-dir DIR)" ]]
    [ -z "$stderr" ]
    mv "$T/locals/gcc-O2-stripped" "$BATS_TEST_TMPDIR/away"
    run -0 show --locals last
    mv "$BATS_TEST_TMPDIR/away" "$T/locals/gcc-O2-stripped"
    [[ $output == *'gcc-O2-stripped is not on this machine;'* ]]
}

@test "a thread of 10,000 frames, and of one frame repeated, is shown in bounded time" {
    dies gcc-O0 thread 10000
    run -0 timeout 30 "$BUILD/crumple" show --dir "$CRASHES" --locals --frames 0 last
    [[ $output == *'pad = "level 10000"'* ]]
    [ "$(grep -c ' pad = ' <<<"$output")" -lt 300 ]
    show --locals --json last | gojq -e '[.threads[0].frames[].locals[]? | select(.name == "pad")] | length > 200' >/dev/null
}

@test "a bundle without a core, and words that exclude each other" {
    dies gcc-O0 kinds 5
    run -2 show --locals --gdb last
    run -2 show --locals --core - last
    [[ $output == *"--locals shows no core"* ]]
}

# damaged FILE SEED: bytes of its debug information become others; its build-id stays.
damage() {
    /usr/bin/python3 - "$1" "$2" <<'PYTHON'
import random, subprocess, sys
path, chance = sys.argv[1], random.Random(int(sys.argv[2]))
data = bytearray(open(path, "rb").read())
for line in subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, text=True).stdout.splitlines():
    words = line.replace("[ ", "[").split()
    if len(words) > 5 and words[1] in (".debug_info", ".debug_abbrev", ".debug_loclists", ".debug_str", ".debug_rnglists"):
        start, size = int(words[4], 16), int(words[5], 16)
        for _ in range(1 + size // 400):
            data[start + chance.randrange(size)] = chance.choice([0, 1, 0x7f, 0xff, chance.randrange(256)])
open(path, "wb").write(data)
PYTHON
}

@test "damaged debug information costs values, and never the report or much time" {
    local program=$BATS_TEST_TMPDIR/program whole=$T/locals/gcc-O2 seed
    cp "$whole" "$program"
    (CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD/libcrumple.so timeout 30 "$program" kinds 5 || true) 2>/dev/null
    for seed in {1..20}; do
        cp "$whole" "$program"
        damage "$program" "$seed"
        run -0 --separate-stderr timeout 70 "$BUILD/crumple" show --dir "$CRASHES" --locals last
        [[ $output == *'#1   kinds+0x'* ]] || fail "seed $seed: $output"
        ! grep -qP '[\x00-\x08\x0b-\x1f]' <<<"$output" || fail "seed $seed: control characters"
    done
}
