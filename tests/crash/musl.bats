#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Images with musl: what README.md says of them.

load helpers
setup() {
    setup_crash
    musl-gcc -o "$TMP/launcher" "$ROOT/tests/programs/launcher.c"
}
teardown() {
    teardown_crash
}

@test "musl: a program ends with 127 where LD_PRELOAD names crumple" {
    run -127 env LD_PRELOAD="$BUILD/libcrumple.so" "$TMP/launcher"
    [[ $output == *"Error relocating $BUILD/libcrumple.so: "*": symbol not found"* ]] || fail "$output"
    tr -s ' \n' ' ' <"$ROOT/README.md" | grep -qF 'status 127 (`Error relocating ...: symbol not found`)'
}

@test "musl: a program of musl can start a server of glibc with crumple" {
    run -139 env CRUMPLE_DIR="$CRASHES" "$TMP/launcher" "$BUILD/libcrumple.so" "$T/victim" null-write
    right_files
    want "signal" SIGSEGV "$(report .signal.name)"
}
