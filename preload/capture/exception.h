/* SPDX-License-Identifier: MIT */
/*
 * The C++ exception that a thread is handling, read from the memory of libstdc++ (Itanium C++ ABI 2.2;
 * unwind-cxx.h): nothing is called, no lock is taken, no thread-local storage is made. So it can be done for
 * any fault, by the helper process, and for a libstdc++ that a plugin brought along.
 */
#ifndef PRELOAD_CAPTURE_EXCEPTION_H
#define PRELOAD_CAPTURE_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#define SAFE_EXCEPTION_BYTES 256

struct safe_exception {
    uint64_t header;   /* of the unwinder: behind it lies the object, unless it is a dependent exception */
    uint64_t object;   /* the one that was thrown; 0: not known */
    uint64_t standard; /* the one std::exception in it; 0: none, or several */
    char type[SAFE_EXCEPTION_BYTES]; /* mangled, "" where not known */
    char what[SAFE_EXCEPTION_BYTES]; /* "" where it cannot be read */
};

/* Whether the class of an exception is that of libstdc++. */
bool safe_exception_is_gnu(uint64_t class);

/* Fills *ret of an exception of libstdc++ by the address of its unwinder's header. */
void safe_exception_read(uint64_t header, struct safe_exception *ret);

/* The exception that the thread with this fs_base caught last, and still handles. False: none. */
bool safe_exception_find(uint64_t fs_base, struct safe_exception *ret);

/* What what() has said of the exception, where the thread could ask: before it aborts. */
void safe_exception_tell(const struct safe_exception *e, const char *what);
/* Adds to *e what the thread has told of it. */
void safe_exception_recall(int tid, struct safe_exception *e);

#endif
