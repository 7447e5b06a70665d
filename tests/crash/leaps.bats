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

@test "a frame of 3 MiB in a guard of 4 MiB is a stack overflow with its callers [row 26]" {
    leaps 11 step_array leap thread 4096 array
    expect_title "stack overflow" step_array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap thread 4096 alloca
    expect_title "stack overflow" step_alloca
}

@test "a frame of 3 MiB past a guard of 4 KiB is reported with its callers [row 26]" {
    leaps 11 step_array leap thread 4 array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap thread 4 alloca
}

# musl: musl has no makecontext
# bats test_tags=glibc
@test "a coroutine's overflow into a guard by mprotect, of one page and of many, is reported with its callers [row 26]" {
    leaps 11 step_alloca leap coroutine 4096 alloca
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap coroutine 4 alloca
}

# musl: musl has no makecontext
# bats test_tags=glibc
@test "a coroutine's overflow into a guard that no mapping shows is reported as one [row 26]" {
    crash leap hidden 64 small
    want "status" 11 "$(status_of with signal)"
    expect_title "stack overflow" step_small
    expect_calls step_small step_small step_small step_small step_small
}

@test "the overflow of a thread made by clone, with a guard, is reported with its callers [row 26]" {
    leaps 11 step_array leap raw 4096 array
    rm -rf "$CRASHES"
    leaps 11 step_alloca leap raw 4 alloca
}

@test "a frame larger than the main thread's stack may grow is reported with its callers [row 27]" {
    leaps 11 step_array_of_main leap main 0 array
}

@test "a handler that aborts on an alternate stack right below the guard is reported [row 29]" {
    crash leap near 4 small
    want "status" 6 "$(status_of with signal)"
    expect_title "abort after SIGSEGV" step_small
    expect_calls aborting_handler step_small step_small step_small step_small step_small
}
