#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults while the allocator's, the loader's or stdio's lock is held, here or by a neighbour (rows 33-36, 39).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

JEMALLOC=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2
TCMALLOC=/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4

# fault_beside_malloc LIBRARY
fault_beside_malloc() {
    OTHER_PRELOAD=$1
    crash malloc-neighbour
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "threads inside churn_blocks" 2 \
        "$(report '[.threads[] | select([.frames[].function] | index("churn_blocks"))] | length')"
}

# fault_in_foreign_malloc LIBRARY
fault_in_foreign_malloc() {
    OTHER_PRELOAD=$1
    crash malloc-growth
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null fault_while_growing malloc_growth worker_main
    [[ $(report '[.threads[0].frames[].module]') == *"$(basename "$(readlink -f "$1")")"* ]] ||
        [[ $(report '[.threads[0].frames[].module]') == *"$(basename "$1")"* ]] || fail "not inside $1"
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

# musl: it says so
# bats test_tags=glibc
@test "a fault inside glibc's malloc, with the arena locked, is reported [row 33]" {
    crash malloc-damaged-bin
    expect_signal 11 SIGSEGV SEGV_MAPERR "$(fact addr)"
    [[ $(report '.threads[0].frames[0].module') == */libc.so.6 ]] || fail "the fault is not in libc"
    expect_calls allocate_from_damaged_bin malloc_damaged_bin worker_main
    expect_title SIGSEGV
    unwound_to_start
}

# musl: Debian builds it for glibc
# bats test_tags=glibc
@test "a fault inside jemalloc is reported [row 33]" {
    fault_in_foreign_malloc "$JEMALLOC"
}

# musl: Debian builds it for glibc
# bats test_tags=glibc
@test "a fault inside tcmalloc is reported [row 33]" {
    fault_in_foreign_malloc "$TCMALLOC"
}

@test "two neighbours inside glibc's malloc do not hinder a report [row 34]" {
    fault_beside_malloc ''
}

# musl: Debian builds it for glibc
# bats test_tags=glibc
@test "two neighbours inside jemalloc do not hinder a report [row 34]" {
    fault_beside_malloc "$JEMALLOC"
}

# musl: Debian builds it for glibc
# bats test_tags=glibc
@test "two neighbours inside tcmalloc do not hinder a report [row 34]" {
    fault_beside_malloc "$TCMALLOC"
}

@test "a neighbour parked in a dl_iterate_phdr callback does not hinder a report [row 35]" {
    crash phdr-neighbour
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "the neighbour" 1 "$(report '[.threads[] | select([.frames[].function] | index("park_in_callback"))] | length')"
    unwound_to_start
}

@test "a neighbour parked in a constructor, under dlopen, does not hinder a report [row 35]" {
    crash dlopen-neighbour
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "the neighbour" 1 "$(report '[.threads[] | select([.frames[].function] | index("library_constructor"))] | length')"
    unwound_to_start
}

@test "a fault inside a dl_iterate_phdr callback is reported [row 36]" {
    crash phdr-callback
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null fault_in_callback dl_iterate_phdr phdr_callback main
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "a fault inside the constructor of a library is reported [row 36]" {
    crash constructor
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls library_constructor construct load_beside constructor main
    [[ $(report '.threads[0].frames[0].module') == */libctor_crash.so ]] || fail "wrong module"
    expect_title SIGSEGV library_constructor
    unwound_to_start
}

@test "a fault inside a stdio callback, with stream, stdout and stderr locked, is reported [row 39]" {
    crash stdio-callback
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null fault_in_stream fprintf stdio_callback worker_main
    expect_title SIGSEGV write_through_null
    unwound_to_start
}
