/* SPDX-License-Identifier: MIT */
/*
 * The signature, version 1: equal for equal faults, across runs and rebuilds. Plain functions of their
 * arguments.
 *
 *   kind | first frame of the application | its caller | the caller's caller
 *
 * Frames of the C and C++ runtimes, of signal delivery, of thread starts and of crumple are left out,
 * neighbours of the same name count once; calls that were inlined are frames, where they are known.
 * docs/decisions/0012-signature.md says why.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_SIGNATURE_H
#define CRUMPLE_WRITER_EXPLAIN_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_VERSION 1
#define SIGNATURE_FRAMES  3

struct sig_frame {
    const char *function; /* not ended by NUL, mangled or not; NULL if not known */
    size_t function_size;
    const char *module; /* basename; NULL if the frame is in no module */
    uint64_t offset;    /* in the module */
    bool is_signal_frame;
};

struct sig_input {
    const char *kind;               /* "SIGSEGV", "assert", "SIGABRT sent", ... */
    bool is_recursion;              /* stack overflow: the depth of the fault is an accident */
    const struct sig_frame *frames; /* innermost first */
    size_t count;
};

/** Writes the signature to out, always ended by NUL. Returns 0, or -ENOSPC if it had to be cut. */
int signature_make(const struct sig_input *input, char *out, size_t size);

/** Whether the frame belongs to the application, and so to the signature. */
bool signature_counts(const struct sig_frame *frame);

/** Returns the index of the first frame that belongs to the application, or the best there is, or count. */
size_t signature_first_frame(const struct sig_input *input);

#endif
