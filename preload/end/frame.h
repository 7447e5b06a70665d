/* SPDX-License-Identifier: MIT */
/*
 * Recovery frames: the ordinary half of containment. Each wrapped thread runs its routine inside one. A
 * thread that must end arrives here by a trampoline (recover_end) or by a jump, in ordinary context, outside
 * any handler.
 */
#ifndef CRUMPLE_PRELOAD_END_FRAME_H
#define CRUMPLE_PRELOAD_END_FRAME_H

#include <stdbool.h>

#include "libc/calls/cleanups.h"
#include "state/altstack.h"

/* What safe_thread.frame leads to, but in a guard. */
struct recover_frame {
    void *jump[5]; /* what __builtin_setjmp stores */
    struct libc_cleanups cleanups;
};

/**
 * At the first pthread_create of a process with CRUMPLE_RECOVER: loads the unwinder, which must not be loaded
 * by a thread that is being ended, and prepares the tables. Once. False: nothing is contained.
 */
bool recover_prepare(void);

/** Runs the routine inside a recovery frame, repeatedly if the policy says 'restart'. */
void *recover_run(struct safe_altstack *a, void *(*routine)(void *), void *argument);

/** The process begins to end: no fault is contained from now on. Not in a vfork child. */
void recover_exiting(void);
/** Dismisses the keeper, right before the process ends. */
void recover_gone(void);

/** Called by the trampolines of an ending, on the thread's own stack below the interrupted frame. */
void recover_end(void) __attribute__((noreturn));

/** The outermost frame below the recovery frame. preload/end/invoke_x86_64.S */
void *recover_invoke(void *(*routine)(void *), void *argument);

#endif
