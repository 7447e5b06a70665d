#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a program can observe of itself is the same with and without the shim: one probing program, run twice.

load helpers

setup() {
    setup_crash
}

# musl takes what libraries have for each thread from the thread's stack; the shells that the probe starts are of glibc.
without_musl() {
    sed -E '/^crumple: this libcrumple.so is the one for musl/d; s/(argument small stack|bounds:) [0-9]+/\1 N/'
}

probe() {
    run -7 timeout -k 5 60 env "$@" "$T$LIBC/probe"
    [ -z "$LIBC" ] || output=$(without_musl <<<"$output")
}

@test "a program sees the same of itself with the shim [row 32]" {
    local without
    probe CRUMPLE=0
    without=$output
    [ "${#lines[@]}" -gt 350 ] || fail "the probe has not run: $output"
    probe LD_PRELOAD="$BUILD$LIBC/libcrumple.so" CRUMPLE_DIR="$CRASHES"
    diff <(echo "$without") <(echo "$output")
    [ -d "$CRASHES/$(id -u)" ] || fail "the shim was not there"
}

@test "switched off, the shim changes nothing, makes nothing and says nothing" {
    local without
    probe HOME=/
    without=$output
    probe LD_PRELOAD="$BUILD$LIBC/libcrumple.so" CRUMPLE=0 CRUMPLE_DIR="$TMP/nowhere" CRUMPLE_NONSENSE=1
    diff <(echo "$without") <(echo "$output")
    [ ! -e "$TMP/nowhere" ]
}

# musl: about no libc
# bats test_tags=glibc
@test "docs/configuration.md lists the options of include/crumple_options.h" {
    # shellcheck disable=SC2016 # the backquotes are markdown
    diff <(awk -F '\t' 'BEGIN { print "| variable | default | values | meaning |\n|---|---|---|---|" }
        $1 == "variable" { printf "| `%s` | %s | %s | %s |\n", $2, $3 == "" ? "" : "`" $3 "`", $4, $5 }' "$BUILD/man/tables") <(sed -n '/^| variable/,$p' "$ROOT/docs/configuration.md")
}

@test "threads that come and go leave nothing behind, however they end; a fork shares no stack" {
    local live early late
    for live in 0 7 100; do
        run -0 env LD_PRELOAD="$BUILD$LIBC/libcrumple.so" CRUMPLE_DIR="$CRASHES" "$T$LIBC/churn" "$live" 20000
        early=$(sed -n 's/.*early=\([0-9]*\).*/\1/p' <<<"$output")
        late=$(sed -n 's/.*late=\([0-9]*\).*/\1/p' <<<"$output")
        [ $((late - early)) -le 32 ] || fail "with $live live threads: $output"
        [ "$(grep -c '^child=0$' <<<"$output")" = 2 ] || fail "an alternate stack was shared after fork: $output"
    done
}

@test "signals sent while blocked, or believed blocked, end and print as without the shim" {
    local name differing=''
    for name in $("$T$LIBC/masks"); do
        "$T/runner" -t 10000 -o "$TMP/without.status" "$T$LIBC/masks" "$name" >"$TMP/without.out" 2>/dev/null || true
        "$T/runner" -t 10000 -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES/$name" CRUMPLE_STDERR=off \
            LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$T$LIBC/masks" "$name" >"$TMP/with.out" 2>/dev/null || true
        [ "$(status_of without signal)" = "$(status_of with signal)" ] &&
            diff "$TMP/without.out" "$TMP/with.out" || differing+="$name "
    done
    [ -z "$differing" ] || fail "$differing"
    for name in fault-in-sigsuspend fault-with-mask-of-attribute fault-with-inherited-mask assert-with-returning-handler \
        assert-with-aborts-ignored fault-blocked-with-handler fault-blocked-before-its-handler \
        quiet-thread-faults-with-handler handler-holds-back-the-default handler-faults handler-for-once-faults \
        handler-of-a-sent-signal-faults handler-in-a-thread-faults handler-of-another-faults handler-blocks-and-faults \
        handler-sets-its-mask-and-faults fault-after-longjmp; do
        want "bundles of $name" 1 "$(find "$CRASHES/$name" -name '*.tar.zst' | wc -l)"
    done
    for name in handler-holds-back masked-after-it-was-handled fault-after-the-mask-was-left; do
        want "bundles of $name" 0 "$(find "$CRASHES/$name" -name '*.tar.zst' | wc -l)"
    done
    want "bundles of a failed assertion that was survived" 0 \
        "$(find "$CRASHES/assert-left-by-longjmp" -name '*.tar.zst' | wc -l)"
}

# same_output OUTCOME PROGRAM ARGUMENT...: without the shim, with it, with it and containment or a limit of handlers.
same_output() {
    local outcome=$1 program=$T$LIBC/$2
    shift 2
    "$T/runner" -t 20000 -o "$TMP/without.status" "$program" "$@" >"$TMP/without.out" 2>&1 || true
    run_quietly() {
        "$T/runner" -t 20000 -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES" CRUMPLE_STDERR=off "$1" \
            LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$program" "${@:2}" >"$TMP/with.out" 2>&1 || true
        want "ending" "$(status_of without signal) $outcome" "$(status_of with signal) $(status_of with exit)"
        diff "$TMP/without.out" "$TMP/with.out"
    }
    run_quietly CRUMPLE_RECOVER= "$@"
    run_quietly CRUMPLE_RECOVER='*=contain' "$@"
    run_quietly CRUMPLE_HANDLER=10s "$@"
}

# The kernel makes one mapping of neighbours that are alike.
# musl: cat is of glibc
# bats test_tags=glibc
@test "the shim's variables are a mapping of their own" {
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" cat /proc/self/smaps
    awk '/^[0-9a-f]+-/ {ours = after; after = /libcrumple/ && / rw-p /} ours && /^VmFlags/ {print}' <<<"$output" >flags
    want "mappings" 1 "$(wc -l <flags)"
    grep -qw rr flags || fail "$(cat flags)"
}

@test "a handler is called where the kernel would have called it, with all that it finds there" {
    same_output 0 entered
    [ "$(grep -c '^overflow' "$TMP/with.out")" = 3 ] || fail "the program has not run to its end"
    # Each time two stacks that overflow without an alternate one of the program's, which kills past the handler, and
    # an exit off the main thread, in a handler that had one.
    want "events" 9 "$(cat "$CRASHES"/*/crashes.ndjson | wc -l)"
}

@test "a pointer that leads nowhere is EFAULT, or what it is without the shim, in every hook" {
    same_output 0 bad_pointers
    # musl's own functions touch a set, and a program dies of it early.
    [ "$(grep -c ' 14$' "$TMP/with.out")" -gt "$(by_libc 150 5)" ] || fail "the program has not run to its end"
    same_output "$(by_libc 0 11)" bad_pointers handled
}

# Whoever allocates before the environment is there settles how an allocator is configured.
# musl: musl's malloc has no second name
# bats test_tags=glibc
@test "the constructor allocates nothing" {
    local with without
    run -0 env LD_PRELOAD="$T$LIBC/libearly.so" "$T$LIBC/victim" list
    without=$(grep '^allocated early: ' <<<"$output")
    run -0 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so $T$LIBC/libearly.so" "$T$LIBC/victim" list
    with=$(grep '^allocated early: ' <<<"$output")
    [ -n "$without" ] || fail "the counting library has not run: $output"
    want "allocations before the first constructor" "$without" "$with"
}
