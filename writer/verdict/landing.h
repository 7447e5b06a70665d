/* SPDX-License-Identifier: MIT */
/*
 * How a thread can be ended: by unwinding its stack, which runs destructors and cleanup handlers; or, if
 * unwinding would reach std::terminate or a catch (...), or could not go on, by a jump to the recovery frame.
 */
#ifndef CRUMPLE_WRITER_VERDICT_LANDING_H
#define CRUMPLE_WRITER_VERDICT_LANDING_H

#include "verdict/judge.h"

struct crash;

/**
 * Examines the innermost count frames of the first thread. *how is VERDICT_UNWIND on entry; it becomes
 * VERDICT_JUMP if unwinding is impossible. is_unwound: the thread's libc unwinds the stack of a thread that ends, or
 * nobody expects it to. Returns a reason not to end the thread at all, or NULL.
 */
const char *landing_find(const struct crash *crash, size_t count, bool is_unwound, enum verdict_how *how);

#endif
