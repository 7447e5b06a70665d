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
