#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The functions that are redirected, not exported: what they note of locks and sockets, in programs and libraries linked
# in every way in which a call can find libc. The program checks itself (tests/programs/redirected.c).

load helpers

@test "mutexes are held from lock to unlock, however they are taken" {
    everywhere mutexes
}

@test "rwlocks, spin locks and C11's mutexes are held by their kind" {
    everywhere others
}

@test "a robust mutex whose owner has died is held by who takes it" {
    everywhere robust
}

@test "a semaphore is held until as many posts answer its waits" {
    everywhere semaphores
}

@test "a wait for a condition keeps the mutex held, also when cancelled, and makes a worker" {
    everywhere conditions
}

@test "locks on files are held until they are released or the file is closed" {
    everywhere files
}

@test "the lock of a FILE is seen" {
    everywhere stdio
}

@test "a lock taken past the redirected functions is found in memory" {
    everywhere scan
}

@test "libraries loaded later are redirected when something is looked up in them, and until then loading is told" {
    everywhere libraries
}

@test "libraries that come and go on another thread meanwhile do no harm" {
    everywhere racing
}

@test "an accepted socket belongs to the thread that serves it, and shut, it reads end of file" {
    everywhere ownership
}

@test "a socket that two threads used belongs to nobody" {
    everywhere sharing
}

@test "only connected stream sockets are the thread's to shut" {
    everywhere outbound
}

@test "a descriptor's number used again begins anew" {
    everywhere numbers
}

@test "duplicates of a socket belong to nobody" {
    everywhere duplicates
}

@test "connections of a refused peer end at once, and neither an event loop nor a poll is held up" {
    export CRUMPLE_RECOVER='*=contain'
    everywhere refusal
}

@test "polling and epoll are seen as such, and are no use of a socket" {
    everywhere polling
}

@test "who reads a pipe before any connection is fed by others" {
    everywhere feeding
}

@test "errors are the caller's, and errno is theirs" {
    everywhere nothing
}

# The exe's own function may be anything, so it is not taken for libc's.
@test "a program that defines such a function itself keeps it, and is told to be blind" {
    run -0 env LD_PRELOAD="$T$LIBC/libredirect.so" "$T$LIBC/redirected_own"
    [ "$output" = "complete=0 own=42 locks=1" ] || fail "$output"
}

@test "without a call of redirected_start nothing is noted" {
    run -0 env LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$T$LIBC/redirected_own"
    [ "$output" = "own=42" ] || fail "$output"
}
