#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Other libraries in the process: constructors that call hooked functions, allocators with threads of their own, other
# interposers; and handlers that go past libc (rows 37, 61d, 61e).

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup_file() { build_runtime libraries; }
setup() { setup_runtime; }
teardown() { teardown_crash; }

LINKED=$RT/early_linked
PLAIN=$RT/packed_debug

# fault_reported PROGRAM: its fault in a thread is.
fault_reported() {
    BUNDLES=1
    dies "$1" fault
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through
}

@test "a linked library's constructor calls hooked functions: undisturbed, and the fault later is reported" {
    undisturbed 2 "$LINKED"
    grep -q 'seen 1, child 6' "$TMP/with.out"
    fault_reported "$LINKED"
}

@test "a preloaded library's constructor does, behind crumple and before it" {
    OTHER_PRELOAD=$RT/libearly.so
    undisturbed 2 "$PLAIN"
    fault_reported "$PLAIN"
    rm -rf "$CRASHES"
    OTHER_PRELOAD='' FIRST_PRELOAD=$RT/libearly.so
    undisturbed 2 "$PLAIN"
    fault_reported "$PLAIN"
}

# glibc grants -z initfirst to one object: the last one that asks.
@test "a library with -z initfirst calls hooked functions before our constructor has run" {
    OTHER_PRELOAD=$RT/libfirst.so
    undisturbed 2 "$PLAIN"
    fault_reported "$PLAIN"
    rm -rf "$CRASHES"
    OTHER_PRELOAD='' FIRST_PRELOAD=$RT/libfirst.so
    undisturbed 2 "$PLAIN"
    fault_reported "$PLAIN"
}

@test "a constructor that ends the process: its status" {
    SHIM=(CRUMPLE_EXIT=off)
    export EARLY=exit
    undisturbed 4 "$LINKED"
    OTHER_PRELOAD=$RT/libfirst.so
    undisturbed 4 "$PLAIN"
}

@test "a fault in another library's constructor is reported [row 37]" {
    export EARLY=fault
    dies "$LINKED"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV early_fault
    rm -rf "$CRASHES"
    OTHER_PRELOAD=$RT/libearly.so
    dies "$PLAIN"
    expect_title SIGSEGV early_fault
}

@test "a fault before our constructor is the plain death [row 37]" {
    BUNDLES=0
    OTHER_PRELOAD=$RT/libfirst_fault.so
    dies "$PLAIN"
    expect_status 11 -
}

@test "crumple twice, by name and by a copy, with immediate binding" {
    cp "$BUILD/libcrumple.so" "$BUILD/crumple-writer" "$TMP"
    export LD_BIND_NOW=1
    run_as without '' -- "$PLAIN"
    run_as with "$BUILD/libcrumple.so $BUILD/libcrumple.so" CRUMPLE_DIR="$CRASHES" -- "$PLAIN"
    same_status
    want "stderr" '' "$(cat "$TMP/with.err")"
    run_as without '' -- "$LINKED" fault
    run_as with "$BUILD/libcrumple.so $BUILD/libcrumple.so" CRUMPLE_DIR="$CRASHES" -- "$LINKED" fault
    same_status
    right_files
    rm -rf "$CRASHES"
    run_as with "$BUILD/libcrumple.so $TMP/libcrumple.so" CRUMPLE_DIR="$CRASHES" -- "$LINKED" fault
    same_status
    right_files
}

@test "another interposer with a lock of its own, before crumple and behind it" {
    OTHER_PRELOAD=$RT/libinterposer.so
    undisturbed 2 "$LINKED"
    fault_reported "$LINKED"
    rm -rf "$CRASHES"
    OTHER_PRELOAD='' FIRST_PRELOAD=$RT/libinterposer.so
    undisturbed 2 "$LINKED"
    fault_reported "$LINKED"
}

@test "jemalloc with background threads made in its constructor, and tcmalloc" {
    local name
    export MALLOC_CONF=background_thread:true,max_background_threads:2
    for name in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
        OTHER_PRELOAD=/usr/lib/x86_64-linux-gnu/$name FIRST_PRELOAD=''
        undisturbed 2 "$LINKED"
        fault_reported "$LINKED"
        rm -rf "$CRASHES"
        OTHER_PRELOAD='' FIRST_PRELOAD=/usr/lib/x86_64-linux-gnu/$name
        undisturbed 2 "$LINKED"
    done
}

@test "a program with compressed debug information" {
    readelf -SW "$PLAIN" | grep -q 'debug_info .* C '
    fault_reported "$PLAIN"
}

@test "a handler set by raw system call runs; no bundle [row 61e]" {
    undisturbed 9 "$RT/raw_handler" exit
    BUNDLES=0
    dies "$RT/raw_handler" raw-default
    expect_status 11 -
    want "handler" handler "$(cat "$TMP/with.out")"
}

@test "a handler set by raw system call goes back to the default through libc: a bundle of the fault [row 61e]" {
    dies "$RT/raw_handler" default
    want "handler" handler "$(cat "$TMP/with.out")"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV main
}

@test "perl: signals sent to itself, a dump, a handler of its own" {
    dies /usr/bin/perl -e 'kill SEGV => $$; sleep 5'
    expect_status 11 -
    expect_title 'SIGSEGV sent by the process itself'
    rm -rf "$CRASHES"
    dies /usr/bin/perl -e 'CORE::dump()'
    expect_status 6 -
    rm -rf "$CRASHES"
    undisturbed 7 /usr/bin/perl -e '$SIG{SEGV} = sub { print "seen\n"; exit 7 }; kill SEGV => $$; sleep 5'
}

# timeout(1) asks not to be dumped before it raises the signal (coreutils, src/timeout.c).
@test "a wrapper that raises its child's signal at itself leaves a line and no second bundle" {
    both /usr/bin/timeout 20 "$PLAIN" fault
    same_status
    right_files
    want "program" "$(basename "$PLAIN")" "$(basename "$(report .exe)")"
    want "lines of the wrapper" 1 "$(grep -c '^crumple: timeout, pid [0-9]*, passes SIGSEGV on: ' "$TMP/with.err")"
    rm -rf "$CRASHES"
    both /usr/bin/timeout 20 /bin/sh -c 'kill -ABRT $$'
    same_status
    right_files
    want "lines of the wrapper" 1 "$(grep -c '^crumple: timeout, pid [0-9]*, passes SIGABRT on: ' "$TMP/with.err")"
}
