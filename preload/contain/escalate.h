/* SPDX-License-Identifier: MIT */
/*
 * The process must die after all, because what was promised of a thread's end does not hold. It dies of the
 * fault that the thread was ended for, reported from where that thread is now: it is told by a signal.
 */
#ifndef PRELOAD_CONTAIN_ESCALATE_H
#define PRELOAD_CONTAIN_ESCALATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/* With the claim, before a thread is let go: chooses the signal, one whose kernel handler is ours. */
void safe_escalate_prepare(int signo);
/* By the keeper, for thread 'tid' of the host. False: it could not be told. */
bool safe_escalate_send(int pid, int tid, const struct safe_thread *t, const char *reason);
/* By the thread itself, in ordinary context. Returns only in a process that is dying anyway. */
void safe_escalate_own(const char *reason);

/* True for the siginfo of such a word. */
bool safe_escalate_is(const siginfo_t *info);
/* In the handler, with the claim: the signal was such a word. safe_fault then says what the process dies of.
 */
bool safe_escalate_taken(const char **ret_reason);
/* Makes that the fault the process dies of. */
void safe_escalate_die_of(int signo, int code, uint64_t address);

#endif
