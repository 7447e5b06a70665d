/* SPDX-License-Identifier: MIT */
/*
 * How a thread can be ended: by unwinding its stack, which runs destructors and cleanup handlers, or by a
 * jump to the recovery frame, where unwinding would come to std::terminate, to a catch (...), or no further.
 */
#ifndef CRUMPLE_WRITER_VERDICT_LANDING_H
#define CRUMPLE_WRITER_VERDICT_LANDING_H

#include "verdict/judge.h"

struct crash;

/**
 * Looks at the innermost count frames of the first thread. *how is VERDICT_UNWIND where that is still thought
 * possible, and becomes VERDICT_JUMP where it is not. Returns a reason not to end the thread at all, or NULL.
 */
const char *landing_find(const struct crash *crash, size_t count, enum verdict_how *how);

#endif
