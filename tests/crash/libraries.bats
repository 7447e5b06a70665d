#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Shared objects: more than a core has room for, and files that change while they run (rows 75, 78).

load helpers
setup() {
    setup_crash
    LIMIT_MS=20000
}
teardown() { teardown_crash; }

@test "a process with 1,500 shared objects: every stack is whole, and nothing is left out [row 78]" {
    run_with many-libraries "$T$LIBC/libplugin.so" 1500
    judge files index threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "soft errors" "[]" "$(report -c .soft_errors)"
    want "stacks of 25 calls" 10 "$(report '[.threads[].frames | select([.[] | select(.function == "descend")] | length == 25)] | length')"
    unwound_to_start
}

# told FUNCTION...: the innermost functions of the faulting thread.
told() {
    local at=0 name
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    for name in "$@"; do
        expect_function "$name" $((at++))
    done
    unwound_to_start
}

again() {
    run_without "$@"
    rm -f inner.so
    run_with "$@"
    judge death files index threads
}

@test "a library is replaced while it runs: names of its own functions come from the old file [row 75]" {
    needs_root
    again replaced-library "$T$LIBC/libinner.so"
    told inner_write inner_enter enter
    [[ $(report .signature) == "SIGSEGV | inner_write | inner_enter | enter"* ]] || fail "$(report .signature)"
    want "soft errors" "[]" "$(report -c .soft_errors)"
    want "file" "changed" "$(report '.modules[] | select(.path | endswith("/inner.so")) | .file')"
}

@test "a library is replaced, and who runs may not open the old file: exported names, and the report says so [row 75]" {
    needs_root
    public_copy
    cp "$T$LIBC/libinner.so" "$COPY/"
    BUNDLE_UID=65534
    again replaced-library "$COPY/libinner.so" 65534
    told null inner_enter enter
    [[ $(report -c .soft_errors) == '["inner.so: deleted or replaced while it ran, '*'only its exported functions have names"]' ]] ||
        fail "$(report -c .soft_errors)"
}

@test "a library is replaced, who runs may not open the old file, its debug file is installed: all names [row 75]" {
    local id
    needs_root
    public_copy
    cp "$T$LIBC/libinner.so" "$COPY/"
    id=$(readelf -n "$T$LIBC/libinner.so" | sed -n 's/.*Build ID: //p')
    mkdir -p "$COPY/debug/.build-id/${id:0:2}"
    objcopy --only-keep-debug "$T$LIBC/libinner.so" "$COPY/debug/.build-id/${id:0:2}/${id:2}.debug"
    [ -d /usr/lib/debug ] || skip "no /usr/lib/debug"
    BUNDLE_UID=65534 SHIM=(CRUMPLE_ONLY=victim) VICTIM=unshare
    again -m sh -c 'mount --bind "$0/debug" /usr/lib/debug && exec "$@"' "$COPY" "$COPY/victim" \
        replaced-library "$COPY/libinner.so" 65534
    told inner_write inner_enter enter
}

@test "a library in a memory file: its names are told [row 75]" {
    needs_root
    crash memory-library "$T$LIBC/libinner.so"
    told inner_write inner_enter enter
}

@test "a program in a memory file: its names are told, as root and as a user [row 75]" {
    local user
    public_copy
    for user in $([ "$(id -u)" != 0 ] || echo 65534) "$(id -u)"; do
        rm -rf "$CRASHES"
        BUNDLE_UID=$user
        crash memory-program "$user"
        told memory_write memory_program
        [[ $(basename "$BUNDLE") == *-memfd_server-* ]] || fail "$BUNDLE"
    done
}

@test "code that the program has moved to memory without a file keeps its names [row 75]" {
    crash moved-code
    told memory_write moved_code
    want "soft errors" "[]" "$(report -c .soft_errors)"
}
