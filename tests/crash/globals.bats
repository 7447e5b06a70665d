#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Global variables in gdb: of a bundle's core it prints what memory held at the fault, which is what the kernel's own core
# of the same process shows, or that it cannot tell. Never what the file on disk holds.

load helpers

setup() {
    setup_crash
    P=$T/globals
    EXPRESSIONS=(data bss local_data local_bss constant tls_data tls_bss pair string 'relro_table[1]' '*heap' numbers
        'touched[1048576]' '(int)touched[8]' 'touched[3145728]' '(int)huge[3000000]' '(int)filled[0]' '(int)filled[2000000]'
        lib_data lib_bss lib_const lib_tls lib_relro '*lib_pointer' bystander_data bystander_bss bystander_const
        bystander_relro environ stdout)
}

# run_program PROGRAM [WAY]: dies; CORE is the bundle's core, KERNEL the kernel's where this machine writes one here.
run_program() {
    local program=$1
    mkdir -p "$TMP/run"
    (cd "$TMP/run" && ulimit -c unlimited && exec env CRUMPLE_DIR="$CRASHES" CRUMPLE_STDERR=off "${SHIM[@]}" \
        LD_PRELOAD="$BUILD/libcrumple.so" "$P/$program" "${@:2}" >"$TMP/out" 2>"$TMP/err") || true
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst' | head -n 1)
    [ -n "$BUNDLE" ] || fail "no bundle; stderr:" "$(cat "$TMP/err")"
    tar --zstd -xOf "$BUNDLE" core >"$TMP/bundle.core"
    CORE=$TMP/bundle.core
    KERNEL=$(find "$TMP/run" -name 'core*' | head -n 1)
}

# values PROGRAM CORE [EXPRESSION...]: a line 'EXPRESSION =VALUE' for each.
values() {
    local program=$1 core=$2 words=() expression
    for expression in "${@:3}"; do
        words+=(-ex "echo \\n$expression =" -ex "output $expression")
    done
    gdb -batch -nx -iex 'set debuginfod enabled off' "$P/$program" "$core" "${words[@]}" 2>&1 || true
}

# value EXPRESSION FILE: of the output of values.
value() {
    awk -v name="$1 =" 'index($0, name) == 1 {print substr($0, length(name) + 1); exit}' "$2"
}

is_unknown() {
    [[ $1 == *'Cannot access memory'* || $1 == *'Cannot find thread-local'* || $1 == *'<error: '* ]]
}

# compare PROGRAM WAY
compare() {
    local expression got want
    run_program "$@"
    values "$1" "$CORE" "${EXPRESSIONS[@]}" >"$TMP/got"
    [ -z "$KERNEL" ] || values "$1" "$KERNEL" "${EXPRESSIONS[@]}" >"$TMP/want"
    for expression in "${EXPRESSIONS[@]}"; do
        got=$(value "$expression" "$TMP/got")
        [ -n "$got" ] || fail "$1 $2: gdb says nothing about $expression:" "$(cat "$TMP/got")"
        if [ -n "$KERNEL" ] && ! is_unknown "$got"; then
            want "$1 $2: $expression" "$(value "$expression" "$TMP/want")" "$got"
        fi
    done
    # These are known in any case; their values in the file are others.
    expect data 7 bss 8 local_data 7 local_bss 8 constant 42 numbers '{1, 2, 2.5, 4}' "touched[1048576]" "5 '\\005'" \
        '(int)touched[8]' 0 "touched[3145728]" "6 '\\006'" '(int)huge[3000000]' 0 '(int)filled[0]' 9 lib_data 7 lib_bss 8 \
        lib_const 11 lib_tls 9 '*lib_pointer' 7 bystander_const 12 tls_data 77 tls_bss 78
    [[ $(value 'relro_table[1]' "$TMP/got") == *'<subtract>'* ]]
    [[ $(value string "$TMP/got") == *'"after"' ]]
    is_unknown "$(value bystander_data "$TMP/got")"
    is_unknown "$(value '(int)filled[2000000]' "$TMP/got")"
}

expect() {
    while [ $# -gt 0 ]; do
        want "$1" "$2" "$(value "$1" "$TMP/got")"
        shift 2
    done
}

@test "globals: a position-independent program" {
    compare pie main
}

@test "globals: at fixed addresses, faulting in a thread" {
    compare nopie thread
}

@test "globals: without RELRO, by clang, and bound at once" {
    compare norelro main
    rm -rf "$CRASHES" "$TMP/run"
    compare clang thread
    rm -rf "$CRASHES" "$TMP/run"
    compare now main
}

@test "globals: gdb finds the threads and the signal, and asks for no file it may not load" {
    run_program pie thread
    run -0 env CRUMPLE_DIR="$CRASHES" "$BUILD/crumple" show --gdb last -- -batch -nx -ex 'info threads' -ex 'thread 2' -ex 'p tls_data'
    [[ $output == *'Thread 0x'* && $output == *'$1 = 1' ]] || fail "$output"
    [[ $output == *'Program terminated with signal SIGSEGV'* ]] || fail "$output"
    [[ $output != *'libthread_db matching'* && $output != *declined* ]] || fail "$output"
}

@test "globals: an array of 10 GB costs no time and no room" {
    local started=${EPOCHREALTIME/./} took
    run_program huge main
    took=$(((${EPOCHREALTIME/./} - started) / 1000))
    [ "$took" -lt $((5000 * ${LIMIT_FACTOR:-1})) ] || fail "it took $took ms"
    [ "$(stat -c %s "$CORE")" -lt $((5 << 20)) ]
    [ "$(stat -c %s "$BUNDLE")" -lt $((256 << 10)) ]
    values huge "$CORE" data '(int)huge[70000]' '(int)*(&huge[0] + 10000000000)' lib_data >"$TMP/got"
    expect data 7 '(int)huge[70000]' 0 lib_data 7
    is_unknown "$(value '(int)*(&huge[0] + 10000000000)' "$TMP/got")" || fail "$(cat "$TMP/got")"
}

@test "globals: a page that cannot be read is unknown, its neighbours are not" {
    local way
    for way in hidden beyond; do
        rm -rf "$CRASHES"
        run_program pie $way
        values pie "$CORE" '(int)hidden[0]' '(int)hidden[4096]' '(int)hidden[8192]' data >"$TMP/got"
        expect '(int)hidden[0]' 3 '(int)hidden[8192]' 3 data 7
        is_unknown "$(value '(int)hidden[4096]' "$TMP/got")" || fail "$way: $(cat "$TMP/got")"
    done
}

@test "globals: of a library that was replaced nothing is taken from the new file" {
    local pid
    mkdir "$TMP/copy" "$TMP/run"
    cp "$P"/* "$TMP/copy/"
    P=$TMP/copy
    mkfifo "$TMP/to" "$TMP/from"
    CRUMPLE_DIR=$CRASHES CRUMPLE_STDERR=off LD_LIBRARY_PATH=$P LD_PRELOAD=$BUILD/libcrumple.so "$P/pie" wait \
        <"$TMP/to" >"$TMP/from" &
    pid=$!
    exec 4>"$TMP/to" 5<"$TMP/from"
    read -r _ <&5
    cp "$P/libreplaced.so" "$P/new" && mv "$P/new" "$P/libglobals.so"
    exec 4>&- 5<&-
    wait "$pid" || true
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    tar --zstd -xOf "$BUNDLE" core >"$TMP/bundle.core"
    LD_LIBRARY_PATH=$P values pie "$TMP/bundle.core" data lib_const lib_data bystander_const >"$TMP/got"
    expect data 7 bystander_const 12
    is_unknown "$(value lib_const "$TMP/got")" || fail "$(cat "$TMP/got")"
    is_unknown "$(value lib_data "$TMP/got")" || fail "$(cat "$TMP/got")"
}
