/* SPDX-License-Identifier: MIT */
/* The verdict on the thread of a core that asks for one: the facts of its frames, and how it can be ended. */
#ifndef WRITER_VERDICT_VERDICT_H
#define WRITER_VERDICT_VERDICT_H

#include "verdict/judge.h"

struct crash;

/** Whether the core is the record of a thread that was ended, or is to be. */
bool verdict_is_asked(const struct crash *crash);

/** Fills ret_verdict from the stack of the first thread, whose places are named. Returns 0 or -ENOMEM. */
int verdict_make(struct crash *crash, struct verdict *ret_verdict);

#endif
