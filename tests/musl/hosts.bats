#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Healthy programs that ask something unusual of musl.

load helpers

setup() {
    setup_crash
}

teardown() {
    teardown_crash
}

# same VERB [VARIABLE=VALUE ...]: output and status are those of a run without crumple.
same() {
    local bare status=0
    bare=$("$T/musl/musl_hosts" "$1" 2>&1) || status=$?
    run "-$status" env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "${@:2}" "$T/musl/musl_hosts" "$1"
    [ "$output" = "$bare" ] || fail "$1: '$bare' became '$output'"
    [ -z "$(find "$CRASHES" -type f 2>/dev/null)" ] || fail "$(find "$CRASHES")"
}

@test "musl: a thread that is cancelled between two instructions ends" {
    same cancelled
    same cancelled CRUMPLE_RECOVER='*=contain'
}

@test "musl: a library's own err() and errx() are called as without crumple, whichever object there is" {
    cat >"$TMP/own.c" <<'C'
#include <stdarg.h>
#include <stdio.h>
int err(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    return vprintf(format, arguments);
}
double errx(double number)
{
    return 2 * number;
}
C
    cat >"$TMP/uses.c" <<'C'
#include <stdio.h>
int err(const char *format, ...);
double errx(double number);
int main(void)
{
    return printf("%g\n", errx(err("%s %g\n", "one", 1.5))) < 0;
}
C
    local compiler object
    for compiler in musl-gcc gcc; do
        "$compiler" -w -shared -fPIC -o "$TMP/libown.so" "$TMP/own.c"
        "$compiler" -w -o "$TMP/uses" "$TMP/uses.c" -L"$TMP" -lown -Wl,-rpath,"$TMP"
        for object in musl/libcrumple.so libcrumple.so; do
            run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/$object" "$TMP/uses"
            [[ $output == *'one 1.5'$'\n'16 ]] || fail "$compiler, $object: $output"
        done
    done
}
