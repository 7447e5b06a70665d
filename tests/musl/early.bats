#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults before main, in constructors of libraries that are preloaded beside the object of musl.

load helpers

setup() {
    LIBC=/musl
    setup_crash
    VICTIM=$T/musl/victim
    cat >"$TMP/early.c" <<'C'
__attribute__((constructor)) static void early_fault(void)
{
    *(volatile int *)0 = 1;
}
C
    musl-gcc -g -fPIC -shared -Wl,--eh-frame-hdr -o libearly_fault.so "$TMP/early.c"
}

teardown() {
    teardown_crash
}

@test "musl: a fault in another library's constructor is reported [row 37]" {
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM $TMP/libearly_fault.so" "$VICTIM" list
    right_files
    want "title" "SIGSEGV in early_fault: write to address 0x0 (NULL pointer)" "$(report .title)"
}

@test "musl: a fault before crumple's constructor is the plain death [row 37]" {
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$TMP/libearly_fault.so $MUSL_SHIM" "$VICTIM" list
    [ -z "$output" ] || fail "$output"
    [ ! -e "$CRASHES" ]
}
