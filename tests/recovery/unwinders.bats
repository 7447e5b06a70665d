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

@test "libgcc and libunwind walk from a cleanup handler through the ending to the fault and its callers" {
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
        -ex run -ex bt -ex kill "$T/recovery/$1/cases" -ex quit --args "$T/recovery/$1/cases" "$2" 2>&1 </dev/null
}

@test "gdb walks from a cleanup handler through the ending to the fault and its callers" {
    bt_in def c_cleanup_callee_free clean_up >bt
    in_order clean_up c_fault cleanup_callee victim_main <bt
}

@test "gdb walks from a C++ destructor through the ending to the fault and its callers" {
    bt_in O0 guard_ccallee_free Free::~Free >bt
    in_order 'Free::~Free' c_fault guard_ccallee victim_main <bt
}

@test "gdb walks from a destructor whose thread has called NULL" {
    bt_in O0 null_pc_free Free::~Free >bt
    in_order 'Free::~Free' null_pc victim_main <bt
}
