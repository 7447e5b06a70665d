/* SPDX-License-Identifier: MIT */
/* The C++ exception that the faulting thread was handling, and whether the process ends because of it. */
#ifndef WRITER_EXPLAIN_EXCEPTION_H
#define WRITER_EXPLAIN_EXCEPTION_H

#include "base/buffer.h"
#include "crash/crash.h"
#include "explain/signature.h"

enum exception_end {
    EXCEPTION_END_NONE = 0,
    EXCEPTION_END_TERMINATE, /* std::terminate, called by whomever */
    EXCEPTION_END_THROW /* by the machinery of exceptions: nobody catches one, or nothing may be thrown */
};

/** Whether the stack of the faulting thread shows that it was terminated. */
enum exception_end exception_end(const struct crash *crash);

/**
 * Returns how many of the innermost frames belong to the termination: an application's terminate handler and
 * what called it. What comes then has thrown, or has called std::terminate.
 */
size_t exception_frames(const struct sig_frame *frames, size_t count);

/** Writes 'TYPE("what")' of the exception, or an empty text where there is none. */
void exception_words(const struct crash *crash, char *out, size_t size);

/** Writes the member 'exception' of the report. */
void exception_json(const struct crash *crash, struct buffer *out);

#endif
