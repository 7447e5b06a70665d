/* SPDX-License-Identifier: MIT */
/*
 * The C++ exception that a thread is handling, read from the memory of libstdc++ (Itanium C++ ABI 2.2;
 * unwind-cxx.h). The code calls no function, takes no lock and creates no thread-local storage, so the helper
 * can run it after any fault, also for a libstdc++ that a plugin brought along.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_EXCEPTION_H
#define CRUMPLE_PRELOAD_CAPTURE_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#define SAFE_EXCEPTION_BYTES 256

struct safe_exception {
    uint64_t header;   /* of the unwinder; the object follows, unless it is a dependent exception */
    uint64_t object;   /* the thrown object; 0: unknown */
    uint64_t standard; /* the only std::exception in it; 0: none or several */
    char type[SAFE_EXCEPTION_BYTES]; /* mangled, "" where not known */
    char what[SAFE_EXCEPTION_BYTES]; /* "" where it cannot be read */
};

/** True if the exception class is that of libstdc++. */
bool safe_exception_is_gnu(uint64_t class);

/** Reads the libstdc++ exception with this unwinder header. */
void safe_exception_read(uint64_t header, struct safe_exception *ret);

/** Finds the exception that the thread with this fs_base caught last and still handles. False: none. */
bool safe_exception_find(uint64_t fs_base, struct safe_exception *ret);

/** Keeps the text that what() returned in the faulting thread, before it aborts. */
void safe_exception_tell(const struct safe_exception *e, const char *what);
/** Adds that text to *e. */
void safe_exception_recall(int tid, struct safe_exception *e);

#endif
