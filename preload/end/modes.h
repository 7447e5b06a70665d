/* SPDX-License-Identifier: MIT */
/* State of a thread that no frame restores: signal mask, FPU modes. Kept only if a rule says 'restart'. */
#ifndef CRUMPLE_PRELOAD_END_MODES_H
#define CRUMPLE_PRELOAD_END_MODES_H

#include "state/thread.h"

/** Once: whether any rule restarts. */
void recover_state_prepare(void);
/** The same, whatever the rules say: for a guard (end/guard.c). */
void recover_state_read(struct safe_thread_state *state);
void recover_state_save(struct safe_thread_state *state);
void recover_state_restore(const struct safe_thread_state *state);

#endif
