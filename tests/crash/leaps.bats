#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stack overflows by one large frame (rows 26, 27 and 29): the stack pointer lies in the guard, or further below, before
# anything of the frame is touched. The callers are in the report all the same.

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

# leaps SIGNAL STEP VERB...: whatever the guard, the 13 callers of the large frame are there, and who called them.
leaps() {
    local callers
    crash "${@:3}"
    want "status" "$1" "$(status_of with signal)"
    expect_calls "$2" step_down step_down step_down step_down step_down step_down step_down step_down step_down step_down \
        step_down step_down step_down
    callers=$(report '[.threads[0].frames[] | select(.function == "step_down" and .trust == "cfi")] | length')
    want "callers found by unwinding" 13 "$callers"
}

@test "row 26: a frame of 3 MiB in a guard of 4 MiB" {
    leaps 11 step_array leap thread 4096 array
    expect_title "stack overflow" step_array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap thread 4096 alloca
    expect_title "stack overflow" step_alloca
}

@test "row 26: a frame of 3 MiB past a guard of 4 KiB" {
    leaps 11 step_array leap thread 4 array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap thread 4 alloca
}

@test "row 26: coroutines: a guard by mprotect, of one page and of many" {
    leaps 11 step_alloca leap coroutine 4096 alloca
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap coroutine 4 alloca
}

@test "row 26: coroutines: a guard that no mapping shows" {
    crash leap hidden 64 small
    want "status" 11 "$(status_of with signal)"
    expect_title "stack overflow" step_small
    expect_calls step_small step_small step_small step_small step_small
}

@test "row 26: a thread made by clone, with a guard" {
    leaps 11 step_array leap raw 4096 array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap raw 4 alloca
}

@test "row 27: the main thread: a frame larger than its stack may grow" {
    leaps 11 step_array_of_main leap main 0 array
}

@test "row 29: an alternate stack right below the guard, whose handler aborts" {
    crash leap near 4 small
    want "status" 6 "$(status_of with signal)"
    expect_title "abort after SIGSEGV" step_small
    expect_calls aborting_handler step_small step_small step_small step_small step_small
}
