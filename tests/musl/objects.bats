#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each object in a process of its libc, and in one of the other libc.

load helpers

setup() {
    setup_crash
    cat >"$TMP/dies.c" <<'C'
int main(int argc, char **argv)
{
    return argc > 1 ? *(volatile int *volatile)0 : argv[0][0] == 0;
}
C
    musl-gcc -g -o "$TMP/of-musl" "$TMP/dies.c"
    gcc -g -o "$TMP/of-glibc" "$TMP/dies.c"
    musl-gcc -o "$TMP/launcher" "$ROOT/tests/programs/launcher.c"
}

teardown() {
    teardown_crash
}

@test "musl: its object serves a program of musl: a healthy run is silent, a crash leaves a bundle" {
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$TMP/of-musl"
    [ -z "$output" ] || fail "$output"
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$TMP/of-musl" die
    [[ $output == *'SIGSEGV in main: read of address 0x0 (NULL pointer)'* ]] || fail "$output"
    right_files
}

@test "musl: an object in a process of the other libc says one line and stays out" {
    local how
    for how in "libcrumple.so of-musl one for glibc" "musl/libcrumple.so of-glibc one for musl"; do
        read -r object program words <<<"$how"
        run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/$object" "$TMP/$program"
        [[ $output == "crumple: this libcrumple.so is the $words"*': the program runs without crumple' ]] || fail "$output"
        [ "${#lines[@]}" -eq 1 ]
        run -0 env CRUMPLE_STDERR=json LD_PRELOAD="$BUILD/$object" "$TMP/$program"
        [[ $output == '{"crumple":'*'"event":"trouble"'*"$words"* ]] || fail "$output"
        run -0 env CRUMPLE_STDERR=off LD_PRELOAD="$BUILD/$object" "$TMP/$program"
        [ -z "$output" ] || fail "$output"
        run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/$object" "$TMP/$program" die
        [ ! -e "$CRASHES" ] || fail "$(find "$CRASHES")"
    done
}

@test "musl: without a writer beside the object, or above it, the message names the one beside it" {
    mkdir -p "$TMP/alone/musl"
    cp "$MUSL_SHIM" "$TMP/alone/musl/"
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$TMP/alone/musl/libcrumple.so" "$TMP/of-musl"
    [[ $output == "crumple: no writer '$TMP/alone/musl/crumple-writer': No such file or directory;"* ]] || fail "$output"
    cp "$BUILD/crumple-writer" "$TMP/alone/"
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$TMP/alone/musl/libcrumple.so" "$TMP/of-musl"
    [ -z "$output" ] || fail "$output"
}

@test "musl: what its object needs is in every libc: no library by name, only symbols of musl" {
    run -0 readelf -d "$MUSL_SHIM"
    [[ $output != *NEEDED* ]] || fail "$output"
    nm -D --undefined-only "$MUSL_SHIM" | awk '$1 == "U" {print $2}' | sort >"$TMP/needed"
    nm -D --defined-only /usr/lib/x86_64-linux-musl/libc.so | awk '{print $3}' | sort >"$TMP/there"
    run -0 comm -23 "$TMP/needed" "$TMP/there"
    [ -z "$output" ] || fail "$output"
}

@test "musl: both objects export the same functions, and musl's those of its list" {
    diff <(nm -D --defined-only "$BUILD/libcrumple.so" | awk '{print $3}' | cat - "$ROOT/preload/libc/exports_musl.txt" | sort) \
        <(nm -D --defined-only "$MUSL_SHIM" | awk '{print $3}' | sort)
}

@test "musl: a program of musl can start a server of glibc with crumple" {
    run -139 env CRUMPLE_DIR="$CRASHES" "$TMP/launcher" "$BUILD/libcrumple.so" "$T/victim" null-write
    right_files
    want "signal" SIGSEGV "$(report .signal.name)"
}
