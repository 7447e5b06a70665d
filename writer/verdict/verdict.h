/* SPDX-License-Identifier: MIT */
/* The verdict on a thread, if the core asks for one: the facts of its frames, and how the thread can be
 * ended. */
#ifndef CRUMPLE_WRITER_VERDICT_VERDICT_H
#define CRUMPLE_WRITER_VERDICT_VERDICT_H

#include "verdict/judge.h"

struct crash;

/** Returns true if the core is that of a thread that was or will be ended. */
bool verdict_is_asked(const struct crash *crash);

/** Fills ret_verdict from the stack of the first thread, whose places are named. Returns 0 or -ENOMEM. */
int verdict_make(struct crash *crash, struct verdict *ret_verdict);

#endif
