#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a program can observe of itself is the same with and without the shim: one probing program, run twice.

load helpers

setup() {
    setup_crash
}

probe() {
    run -7 env "$@" "$T/probe"
}

@test "a program sees the same of itself with the shim" {
    local without
    probe CRUMPLE=0
    without=$output
    [ "${#lines[@]}" -gt 150 ] || fail "the probe has not run: $output"
    probe LD_PRELOAD="$BUILD/libcrumple.so" CRUMPLE_DIR="$CRASHES"
    diff <(echo "$without") <(echo "$output")
    [ -d "$CRASHES/$(id -u)" ] || fail "the shim was not there"
}

@test "switched off, the shim changes nothing, makes nothing and says nothing" {
    local without
    probe HOME=/
    without=$output
    probe LD_PRELOAD="$BUILD/libcrumple.so" CRUMPLE=0 CRUMPLE_DIR="$TMP/nowhere" CRUMPLE_NONSENSE=1
    diff <(echo "$without") <(echo "$output")
    [ ! -e "$TMP/nowhere" ]
}

@test "docs/configuration.md lists the options of include/crumple_options.h" {
    diff <("$T/print_options") <(sed -n '/^| variable/,$p' "$ROOT/docs/configuration.md")
}
