#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many faults at once, and faults beside what the other threads do to the process.

load helpers
setup() {
    setup_recovery
    RULES='victim*=contain'
    CASE_SHIM=(CRUMPLE_BREAKER='trip=100000,life=0')
}

# all_ended COUNT: so many threads were ended, and each is counted
all_ended() {
    lives
    want "ended" "$1" "$(fact ended)"
    want "tasks" back "$(fact tasks)"
    want "contained" "$1" "$(count_events contained)"
}

@test "100 threads that fault in the same instant are all ended, and each is counted" {
    run_program storm together 100
    all_ended 100
    want "children" none "$(fact child)"
}

# The first of them starts the keeper, which outlives it.
@test "faults of threads whose memory is unmapped when they end" {
    run_program storm unmapped
    all_ended 2
}

@test "faults beside a thread that makes threads" {
    run_program storm beside create 30
    all_ended 30
}

@test "faults beside a storm of signals" {
    run_program storm beside signals 30
    all_ended 30
}

# Somebody inside of dlopen or fork is a reason to refuse; nothing in between may happen.
ended_or_died() {
    if [ "$(status_in . signal)" = 0 ]; then
        all_ended "$1"
    else
        dies 11 "$2"
    fi
}

@test "faults beside a thread that opens and closes libraries: ended, or a reported death" {
    run_program storm beside dlopen 30
    ended_or_died 30 dlopen
}

@test "threads made after a library was loaded are contained" {
    run_program storm loaded 8
    all_ended 8
}

@test "faults beside a thread that forks: ended, or a reported death" {
    run_program storm beside fork 30
    ended_or_died 30 fork
}

@test "exit while threads fault: the exit goes on, or a reported death" {
    run_program storm exit 10
    if [ "$(status_in . signal)" = 0 ]; then
        lives
    else
        dies 11 exit
    fi
}

@test "a child process contains its own faults, and so does its parent afterwards" {
    run_program storm child
    all_ended 3
    want "processes" 2 "$(events .pid | sort -u | wc -l)"
}

@test "a child of a process that has contained a fault contains its own" {
    run_program storm after
    all_ended 3
    want "processes" 2 "$(events .pid | sort -u | wc -l)"
}

@test "children of children contain their faults" {
    run_program storm grandchild
    lives
    want "ended" 6 "$(fact ended)"
    want "processes" 3 "$(events .pid | sort -u | wc -l)"
}
