/* SPDX-License-Identifier: MIT */
/* The C++ exception that the faulting thread was handling, and whether the process ends because of it. */
#ifndef CRUMPLE_WRITER_EXPLAIN_EXCEPTION_H
#define CRUMPLE_WRITER_EXPLAIN_EXCEPTION_H

#include "base/buffer.h"
#include "crash/crash.h"
#include "explain/signature.h"

enum exception_end {
    EXCEPTION_END_NONE = 0,
    EXCEPTION_END_TERMINATE, /* a call of std::terminate */
    EXCEPTION_END_THROW,     /* an exception that is not caught, or must not be thrown */
    EXCEPTION_END_NOTHING    /* 'throw;' while no exception was being handled */
};

/** Returns how C++ ended the faulting thread, according to its stack. */
enum exception_end exception_end(const struct crash *crash);

/** Writes 'TYPE("what")' of the exception, or an empty text if there is none. */
void exception_words(const struct crash *crash, char *out, size_t size);

/** Writes the member 'exception' of the report. */
void exception_json(const struct crash *crash, struct buffer *out);

#endif
