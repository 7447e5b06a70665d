/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_PRELOAD_CALLS_ABORTING_H
#define CRUMPLE_PRELOAD_CALLS_ABORTING_H

/**
 * Called at an abort(), in the thread that calls it; only notes the place. If the process dies of the abort,
 * crumple calls what() of the exception that libstdc++'s own terminate handler has just printed, and keeps
 * the text for the report. frame is that of the abort(): saved frame pointer, return address, then the frame
 * of the caller. For all other exceptions the helper reads what can be read.
 */
void exception_at_abort(void *const *frame);

#endif
