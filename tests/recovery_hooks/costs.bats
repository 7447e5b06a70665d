#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the hooks of hot functions cost, in instructions: counted by single steps, the same in each run. A limit that a
# change exceeds is to be raised with a reason, or the change to be made smaller.

load helpers

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

# shim_instructions WHAT SETTING...: of one pair, those in libcrumple.so.
shim_instructions() {
    local what=$1
    shift
    env "$@" LD_PRELOAD="$BUILD/libcrumple.so" "$BUILD/bench/steps" "$what" | cut -d' ' -f2
}

# at_most LIMIT WHAT: with CRUMPLE_RECOVER; nothing would mean that the hooks are not switched on.
at_most() {
    local count
    count=$(shim_instructions "$2" CRUMPLE_RECOVER='*=contain')
    [ "$count" -gt 0 ] || fail "the hooks of $2 are not switched on"
    [ "$count" -le "$1" ] || fail "$2: $count instructions of crumple, more than $1"
}

@test "a pair of mutex lock and unlock costs at most 12 instructions more" { at_most 12 mutex; }
@test "a pair inside another costs at most 28" { at_most 28 nested; }
@test "a pair of rwlock calls costs at most 38" { at_most 38 rwlock; }
@test "a pair of semaphore calls costs at most 96" { at_most 96 semaphore; }
@test "a pair of send and recv costs at most 32" { at_most 32 socket; }

@test "without CRUMPLE_RECOVER these calls do not pass through crumple" {
    local what
    for what in mutex nested rwlock semaphore socket; do
        [ "$(shim_instructions "$what" CRUMPLE_STDERR=on)" = 0 ] || fail "$what passes through crumple"
    done
}
