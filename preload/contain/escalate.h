/* SPDX-License-Identifier: MIT */
/*
 * Containment failed, so the process dies after all. A signal carries the original fault to the stuck thread,
 * whose handler reports it from wherever the thread is now.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_ESCALATE_H
#define CRUMPLE_PRELOAD_CONTAIN_ESCALATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/** Chooses the signal, one whose kernel handler is crumple's. In the faulting thread, with the claim, before
 * it returns. */
void safe_escalate_prepare(int signo);
/** Sends the signal to thread 'tid' of the host. False: it could not be sent. In the keeper. */
bool safe_escalate_send(int pid, int tid, const struct safe_thread *t, const char *reason);
/** Escalates the calling thread's own fault. In ordinary context. Returns only if the process is dying anyway.
 */
void safe_escalate_own(const char *reason);

/** True for the siginfo of such a signal. */
bool safe_escalate_is(const siginfo_t *info);
/** Replaces safe_fault by the original fault, if the signal was sent by an escalation. In the handler, with
 * the claim. */
bool safe_escalate_taken(const char **ret_reason);
/** Makes this the fault that the process dies of. */
void safe_escalate_die_of(int signo, int code, uint64_t address);

#endif
