/* SPDX-License-Identifier: MIT */
/* The end that musl makes of a process in which it cannot go on: it says nothing and does not abort, but runs hlt, which
 * faults (a_crash() in arch/x86_64/atomic_arch.h). */
#ifndef CRUMPLE_WRITER_EXPLAIN_LIBC_TRAP_H
#define CRUMPLE_WRITER_EXPLAIN_LIBC_TRAP_H

#include "crash/crash.h"
#include "explain/signature.h"

/** If the crash is such an end, sets its kind and its description, and returns true. */
bool libc_trap_describe(struct crash *crash, const struct sig_frame *frames, size_t count);

#endif
