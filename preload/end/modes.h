/* SPDX-License-Identifier: MIT */
/* The state of a thread that no frame gives back: signal mask, modes of the FPU. Only kept where a rule says
 * 'restart'. */
#ifndef PRELOAD_END_MODES_H
#define PRELOAD_END_MODES_H

#include "state/thread.h"

/* Once: whether any rule restarts; where libc and its kin lie (safe_code_is_runtime). */
void recover_state_prepare(void *(*find)(const char *), void *(*find_in)(const char *, const char *));
void recover_state_save(struct safe_thread_state *state);
void recover_state_restore(const struct safe_thread_state *state);

#endif
