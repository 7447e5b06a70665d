#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Code of the application that holds a lock of the loader and waits for a thread: that thread may make threads, look
# symbols up and fork. Without crumple none of these waits for ever.

load helpers
setup() {
    setup_recovery
    LIMIT_MS=5000
}

# loads WHERE WHO: as without crumple.
loads() {
    run_program loadwait "$1" "$2" "$T/contain/loadwait_lib.so"
    lives
    want "loaded" 1 "$(fact loaded)"
}

@test "a constructor under dlopen waits for a thread that makes a thread" { loads load pthread; }
@test "a destructor under dlclose waits for a thread that makes a thread" { loads unload pthread; }
@test "a constructor waits for a C11 thread that makes the first pthread" { loads load c11; }
@test "a constructor waits for a timer's thread that makes the first pthread" { loads load timer; }
@test "a constructor waits for a forked child that makes a thread" { loads load forks; }
@test "a callback of dl_iterate_phdr waits for a thread that makes a thread" { loads callback pthread; }
@test "a callback waits for a C11 thread that makes the first pthread" { loads callback c11; }
@test "a callback waits for a thread that looks a symbol up" { loads callback lookup; }
@test "a callback waits for a forked child that makes a thread" { loads callback forks; }

# What was put off has been done: a thread made after all that is contained, and a lock that it takes in the library is
# known.
@test "after such a wait threads are contained, and their locks in the new library are known" {
    local where who
    for where in load callback; do
        for who in pthread c11 timer; do
            run_program loadwait "$where" "$who" "$T/contain/loadwait_lib.so" fault
            lives
            want "contained after $where $who" 1 "$(count_events contained)"
            rm -rf crashes
        done
        RULES='*=contain'
        run_program loadwait "$where" pthread "$T/contain/loadwait_lib.so" hold
        dies 11 'lock'
        rm -rf crashes
        RULES='victim*=contain:wide'
    done
}
