/* SPDX-License-Identifier: MIT */
/*
 * Where a handler's return leads. 'unwind': the thread goes on in a trampoline on its own stack, whose call
 * frame information describes the interrupted frame exactly, so that unwinders and debuggers walk through it.
 * 'jump': it goes on in the recovery frame, as if __builtin_longjmp had been called. In the handler, with the
 * claim.
 */
#ifndef CRUMPLE_PRELOAD_FAULT_RESUME_H
#define CRUMPLE_PRELOAD_FAULT_RESUME_H

#include <stdbool.h>
#include <ucontext.h>

#include "state/thread.h"

/** was_called: the program counter points to memory without code, after a call of a wrong address. */
void safe_resume_unwind(ucontext_t *uc, bool was_called);
void safe_resume_jump(ucontext_t *uc, const struct safe_thread *t);

/** preload/end/trampolines_x86_64.S: addresses only, where the thread goes on after the handler. */
void safe_end_interrupted(void);
void safe_end_called(void);

#endif
