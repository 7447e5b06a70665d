/* SPDX-License-Identifier: MIT */
/* The facts of a fault for safe_policy_decide, from the tables and the thread's record. In the faulting
 * thread, with the claim. */
#ifndef CRUMPLE_PRELOAD_CONTAIN_FACTS_H
#define CRUMPLE_PRELOAD_CONTAIN_FACTS_H

#include <stdbool.h>
#include <ucontext.h>

#include "state/thread.h"
#include "state/recovery.h"
#include "contain/policy.h"

/** Returns the cause of the fault in safe_fault; t: the thread's record, or NULL. */
enum safe_cause safe_facts_cause(const struct safe_thread *t);
/** True for a SIGABRT that this process sent to itself, as abort() does. */
bool safe_facts_is_own_abort(void);

void safe_facts_gather(struct safe_policy_facts *f, const struct safe_thread *t, const ucontext_t *uc,
                       const char *thread_name);
/** Fills *r with the texts about the decision, for people. */
void safe_facts_told(struct safe_recovery *r, const struct safe_policy_facts *f, const struct safe_thread *t,
                     const struct safe_policy_decision *d);

/** The same for a second fault, in a thread that is being ended: it counts under a signature of its own. */
void safe_facts_second(struct safe_recovery *r, const struct safe_thread *t);

#endif
