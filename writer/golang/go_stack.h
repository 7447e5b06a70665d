/* SPDX-License-Identifier: MIT */
/* What Go's runtime has printed of a process that it ended, as the stack of the faulting thread. */
#ifndef CRUMPLE_WRITER_GOLANG_GO_STACK_H
#define CRUMPLE_WRITER_GOLANG_GO_STACK_H

#include "crash/crash.h"

/**
 * Reads the dump and the build information; makes crash->go.stack, of the goroutine that ended the process, which begins with the frame
 * of the cause. Of an event 'died' it is the first thread's, too: behind the calls in C that were captured. Call it when the stacks are
 * walked and have names. Nothing happens where there is no dump.
 * Returns 0 or -ENOMEM.
 */
int go_stack_read(struct crash *crash);

/** Whether a frame is of the program's own modules or what they depend on, and not of Go's runtime or standard library. C code is. */
bool go_stack_is_own(const struct crash *crash, const struct place *place);

/** The output without what Go's runtime printed, which the bundle has as a member of its own: what came before. All of it where there is
 * no dump, or another one. */
struct core_span go_stack_output_before(const struct crash *crash, struct core_span output);

/** The frame of a goroutine that tells what it is about: the innermost of the program's own; else one of the standard library. frame_count:
 * all are the runtime's. */
size_t go_stack_telling(const struct crash *crash, const struct go_group *group);

#endif
