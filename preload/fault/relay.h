/* SPDX-License-Identifier: MIT */
/*
 * A wrapper that passes on how its child has ended: it asks not to be dumped and raises the child's signal at
 * itself (coreutils, src/timeout.c: disable_core_dumps). The child has its report, and the wrapper's stack says
 * nothing.
 */
#ifndef CRUMPLE_PRELOAD_FAULT_RELAY_H
#define CRUMPLE_PRELOAD_FAULT_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

/** In the handler: true if the signal is passed on. The main thread has sent it itself, right after
 * prctl(PR_SET_DUMPABLE, 0), outside of abort() and without an earlier delivery. */
bool safe_relay_is(int sig, const siginfo_t *info, const ucontext_t *uc, int pid, int tid);
/** The line for it. */
void safe_relay_say(int sig);

#endif
