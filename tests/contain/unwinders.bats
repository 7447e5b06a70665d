#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# While a thread is being ended its stack still tells the whole story: to libgcc, to libunwind and to gdb.

load helpers
setup() { setup_recovery; }

# in_order WORD... <<<TEXT: the words come one after the other
in_order() {
    local text word
    text=$(cat)
    for word in "$@"; do
        [[ $text == *"$word"* ]] || fail "no $word in its place in:" "$text"
        text=${text#*"$word"}
    done
}

# The cleanup of C code with exceptions and a C++ destructor run where the frames below them are gone already; what is
# on the stack before anything has run is seen by a personality routine.
@test "libgcc and libunwind walk through the ending to the fault and its callers" {
    run_case "$TMP" def walks_free
    want "survived" 1 "$(value_of "$TMP" survived)"
    in_order c_fault c_call victim_main <<<"$(value_of "$TMP" walk.libgcc)"
    in_order c_fault c_call victim_main <<<"$(value_of "$TMP" walk.libunwind)"
}

# bt_in BUILD CASE FUNCTION: gdb's backtrace in the function during the ending
bt_in() {
    gdb -nx -q -batch -ex 'set debuginfod enabled off' -ex 'set breakpoint pending on' -ex "break $3" \
        -ex 'handle SIGSEGV nostop noprint pass' \
        -ex "set exec-wrapper env TMPDIR=$TMP CRUMPLE_DIR=$TMP/crashes CRUMPLE_RECOVER=$RULES LD_PRELOAD=$BUILD/libcrumple.so" \
        -ex run -ex bt -ex kill "$T/contain/$1/cases" -ex quit --args "$T/contain/$1/cases" "$2" 2>&1 </dev/null
}

@test "gdb walks through the ending to the fault and its callers" {
    bt_in def guard_ccallee_free _Unwind_ForcedUnwind >bt
    in_order _Unwind_ForcedUnwind pthread_exit c_fault guard_ccallee victim_main start_thread <bt
}

@test "gdb walks through the ending to the caller of NULL" {
    bt_in def null_pc_free _Unwind_ForcedUnwind >bt
    in_order _Unwind_ForcedUnwind pthread_exit null_pc victim_main start_thread <bt
}

@test "gdb walks through the ending to a leaf whose locals lie below its stack pointer" {
    bt_in def leaf_redzone_free _Unwind_ForcedUnwind >bt
    in_order _Unwind_ForcedUnwind pthread_exit c_leaf_in_red_zone leaf_redzone victim_main start_thread <bt
}

@test "gdb walks through the ending to a leaf of libc" {
    bt_in def guard_strlen_free _Unwind_ForcedUnwind >bt
    in_order _Unwind_ForcedUnwind pthread_exit strlen guard_strlen victim_main start_thread <bt
}

@test "gdb walks from a C++ destructor to the start of the thread" {
    bt_in O0 guard_ccallee_free Free::~Free >bt
    in_order 'Free::~Free' guard_ccallee victim_main recover_run start_thread <bt
}
