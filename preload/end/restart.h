/* SPDX-License-Identifier: MIT */
/* The time between a contained fault of a routine that is to run again and its next run. */
#ifndef PRELOAD_END_RESTART_H
#define PRELOAD_END_RESTART_H

#include "state/thread.h"

/* Waits for the backoff, or as long as the routine is parked. The thread can be cancelled meanwhile if it
 * could be before. */
void recover_restart_wait(struct safe_thread *t, int (*set_cancel_state)(int, int *));

/* A thread that was cancelled while its routine was parked. */
void recover_restart_cancelled(struct safe_thread *t);

#endif
