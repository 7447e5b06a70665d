/* SPDX-License-Identifier: MIT */
/* A run of a routine: whether its breaker admits the run, the thread's record at the beginning, its result. */
#ifndef CRUMPLE_PRELOAD_END_ADMIT_H
#define CRUMPLE_PRELOAD_END_ADMIT_H

#include <pthread.h>
#include <stdbool.h>

#include "state/altstack.h"
#include "breaker.h"

/** Before a thread is created: its routine and its run. False: the routine's breaker rejects it (EAGAIN). */
bool recover_admit(struct safe_altstack *a, const pthread_attr_t *attr);
/** Takes the admission back: the thread could not be created. */
void recover_withdraw(struct safe_altstack *a);

/** Reports the result of the thread's run to its routine's breaker. */
void recover_run_over(struct safe_thread *t, enum safe_breaker_result result);
/** The recovery frame is left: the thread has called pthread_exit, or was cancelled. */
void recover_left(void);

#endif
