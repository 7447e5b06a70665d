/* SPDX-License-Identifier: MIT */
/* Where a thread of another process stands: /proc/PID/task/TID/syscall (proc(5)). */
#ifndef CRUMPLE_RUN_BASE_THREAD_CALL_H
#define CRUMPLE_RUN_BASE_THREAD_CALL_H

#include <stdint.h>
#include <sys/types.h>

#define THREAD_CALL_ARGUMENTS 6

struct thread_call {
    long number; /* of the system call; -1: it stands outside of one, and has no arguments */
    uint64_t arguments[THREAD_CALL_ARGUMENTS];
    uint64_t sp;
};

/** Returns 0, -EAGAIN (the thread runs) or a negative errno (the thread is gone, or not ours to see). */
int thread_call_read(pid_t pid, const char *tid, struct thread_call *ret);

#endif
