/* SPDX-License-Identifier: MIT */
/* The system call that a thread was in when it was captured. */
#ifndef CRUMPLE_WRITER_CONTEXT_SYSCALL_NOW_H
#define CRUMPLE_WRITER_CONTEXT_SYSCALL_NOW_H

#include "crash/crash.h"

struct syscall_now {
    int64_t number; /* -1: not known */
    uint64_t arguments[6];
};

/**
 * Reads it from the registers and the code around the program counter. A signal interrupts a waiting thread: the kernel
 * then rewinds the call (the number is in rax, and the program counter is on the instruction), or the call fails with
 * EINTR, and its number is that of the code before the instruction, or of the function that makes the call. A call that
 * has ended is none. Returns false if the thread is in no call.
 */
bool syscall_now_find(const struct crash *crash, size_t thread, struct syscall_now *ret);

#endif
