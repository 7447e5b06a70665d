/* SPDX-License-Identifier: MIT */
#ifndef PRELOAD_CALLS_ABORTING_H
#define PRELOAD_CALLS_ABORTING_H

/*
 * At an abort(), in the thread that calls it: only notes where. If the process dies of it, what() of the
 * exception that libstdc++'s own terminate handler has just printed is asked for and kept for the report.
 * frame is that of the abort(): saved frame pointer, return address, then the frame of the caller. Of every
 * other exception what can be read is read by the helper.
 */
void exception_at_abort(void *const *frame);

#endif
