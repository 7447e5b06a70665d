#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a program can observe of itself is the same with and without the shim: one probing program, run twice.

load helpers

setup() {
    setup_crash
}

probe() {
    run -7 timeout -k 5 60 env "$@" "$T/probe"
}

@test "row 32: a program sees the same of itself with the shim" {
    local without
    probe CRUMPLE=0
    without=$output
    [ "${#lines[@]}" -gt 350 ] || fail "the probe has not run: $output"
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

@test "threads that come and go leave nothing behind, however they end; a fork shares no stack" {
    local live early late
    for live in 0 7 100; do
        run -0 env LD_PRELOAD="$BUILD/libcrumple.so" CRUMPLE_DIR="$CRASHES" "$T/churn" "$live" 20000
        early=$(sed -n 's/.*early=\([0-9]*\).*/\1/p' <<<"$output")
        late=$(sed -n 's/.*late=\([0-9]*\).*/\1/p' <<<"$output")
        [ $((late - early)) -le 32 ] || fail "with $live live threads: $output"
        [ "$(grep -c '^child=0$' <<<"$output")" = 2 ] || fail "an alternate stack was shared after fork: $output"
    done
}

@test "signals sent while blocked, or believed blocked, end and print as without the shim" {
    local name differing=''
    for name in $("$T/masks"); do
        "$T/runner" -t 10000 -o "$TMP/without.status" "$T/masks" "$name" >"$TMP/without.out" 2>/dev/null || true
        "$T/runner" -t 10000 -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES/$name" CRUMPLE_STDERR=off \
            LD_PRELOAD="$BUILD/libcrumple.so" "$T/masks" "$name" >"$TMP/with.out" 2>/dev/null || true
        [ "$(status_of without signal)" = "$(status_of with signal)" ] &&
            diff "$TMP/without.out" "$TMP/with.out" || differing+="$name "
    done
    [ -z "$differing" ] || fail "$differing"
    for name in fault-in-sigsuspend fault-with-mask-of-attribute fault-with-inherited-mask assert-with-returning-handler \
        assert-with-aborts-ignored; do
        want "bundles of $name" 1 "$(find "$CRASHES/$name" -name '*.tar.zst' | wc -l)"
    done
    want "bundles of a failed assertion that was survived" 0 \
        "$(find "$CRASHES/assert-left-by-longjmp" -name '*.tar.zst' | wc -l)"
}

# Whoever allocates before the environment is there settles how an allocator is configured.
@test "the constructor allocates nothing" {
    local with without
    run -0 env LD_PRELOAD="$T/libearly.so" "$T/victim" list
    without=$(grep '^allocated early: ' <<<"$output")
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/libcrumple.so $T/libearly.so" "$T/victim" list
    with=$(grep '^allocated early: ' <<<"$output")
    [ -n "$without" ] || fail "the counting library has not run: $output"
    want "allocations before the first constructor" "$without" "$with"
}
