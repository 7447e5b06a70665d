#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every way to fault, compiled by clang -O2: the thread ends and everything else goes on, or the process dies of the
# very signal with a report that says why. What each case should be stands in expected.txt.

load helpers
setup() { setup_recovery; }

@test "clang -O2: a fault under a C++ guard ends clean or in a reported death" {
    judge_family clang guards
}

@test "clang -O2: whatever an unwinding meets ends clean or in a reported death" {
    judge_family clang unwinding
}

@test "clang -O2: a fault in the middle of what is done once ends clean or in a reported death" {
    judge_family clang once
}

@test "clang -O2: an exception that nobody catches ends clean or in a reported death" {
    judge_family clang exceptions
}

@test "clang -O2: every kind of fault ends clean or in a reported death" {
    judge_family clang faults
}

@test "clang -O2: a fault inside of libc ends clean or in a reported death" {
    judge_family clang libc
}

@test "clang -O2: a fault between cleanup handlers, cancelled or not ends clean or in a reported death" {
    judge_family clang cleanup
}

@test "clang -O2: every kind of lock, held or given back ends clean or in a reported death" {
    judge_family clang locks
}
