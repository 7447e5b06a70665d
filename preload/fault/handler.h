/* SPDX-License-Identifier: MIT */
/* The handler of the fatal signals: decides whether the thread ends alone or the process dies. */
#ifndef CRUMPLE_PRELOAD_FAULT_HANDLER_H
#define CRUMPLE_PRELOAD_FAULT_HANDLER_H

#include <signal.h>

void safe_fatal_handler(int sig, siginfo_t *info, void *context);

/**
 * Lets the thread die of the signal as if there were no handler: the default disposition, the original
 * siginfo queued to this thread, which the kernel delivers when the handler returns, at the faulting
 * instruction. Never reports.
 */
void safe_die(int sig, siginfo_t *info, void *context);

/* A function to run in the dying thread, as a guarded stage, after it has called abort(); NULL: none. */
extern void (*safe_fatal_ask)(void *unused);

#endif
