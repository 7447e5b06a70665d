#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every way to fault, compiled by gcc -O2: the thread ends and everything else goes on, or the process dies of the
# very signal with a report that says why. What each case should be stands in expected.txt.

load helpers
setup() { setup_recovery; }

@test "gcc -O2: a fault under a C++ guard ends clean or in a reported death" {
    judge_family def guards
}

@test "gcc -O2: whatever an unwinding meets ends clean or in a reported death" {
    judge_family def unwinding
}

@test "gcc -O2: a fault in the middle of what is done once ends clean or in a reported death" {
    judge_family def once
}

@test "gcc -O2: an exception that nobody catches ends clean or in a reported death" {
    judge_family def exceptions
}

@test "gcc -O2: every kind of fault ends clean or in a reported death" {
    judge_family def faults
}

@test "gcc -O2: a fault inside of libc ends clean or in a reported death [row 63]" {
    judge_family def libc
}

@test "gcc -O2: a fault between cleanup handlers, cancelled or not ends clean or in a reported death" {
    judge_family def cleanup
}

@test "gcc -O2: every kind of lock, held or given back, ends clean or in a reported death [row 63]" {
    judge_family def locks
}
