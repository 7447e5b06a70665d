/* SPDX-License-Identifier: MIT */
/*
 * The signature, version 2: equal for equal faults, across runs and rebuilds. Plain functions of their arguments.
 *
 *   kind | first frame of the application | its caller | the caller's caller
 *
 * Frames of the C and C++ runtimes, of signal delivery, of thread starts and of crumple are left out, and so are
 * frames that were only guessed. Neighbours of the same name count once; calls that were inlined are frames, where
 * they are known. A function without a name is its module, without the version in its name, and its fingerprint; if it
 * has none, its module, its offset and the first bits of the build-id.
 * docs/decisions/0012-signature.md says why.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_SIGNATURE_H
#define CRUMPLE_WRITER_EXPLAIN_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_VERSION 2
#define SIGNATURE_FRAMES  3

struct sig_frame {
    const char *function; /* not ended by NUL, mangled or not; NULL if not known */
    size_t function_size;
    const char *module; /* basename; NULL if the frame is in no module */
    uint64_t offset;    /* in the module */
    uint64_t entry; /* offset of the function's first instruction; the same as offset where it is not known */
    const char *build_id; /* of the module, hex; "" or NULL if not known */
    uint32_t fingerprint; /* of a function without a name (code/fingerprint.h); 0: not known */
    bool is_main;         /* of a program without symbols */
    bool is_signal_frame;
    bool is_guess;      /* found by looking for numbers on the stack, or outside of such a frame */
    bool is_routine;    /* the function is the start routine of a thread */
    bool never_returns; /* no path through the function leads to a return */
    bool calls_more;    /* than one function: it does not only hand on */
};

struct sig_input {
    const char *kind;               /* "SIGSEGV", "assert", "SIGABRT sent", ... */
    bool is_recursion;              /* stack overflow: the depth of the fault is an accident */
    const struct sig_frame *frames; /* innermost first */
    size_t count;
    const char *program; /* file name of the executable; NULL if not known */
};

/** Writes the signature to out, always ended by NUL. Returns 0, or -ENOSPC if it had to be cut. */
int signature_make(const struct sig_input *input, char *out, size_t size);

/** Whether the frame belongs to the application, and so to the signature. */
bool signature_counts(const struct sig_frame *frame);

/** Returns the index of the first frame that belongs to the application, or the best there is, or count. */
size_t signature_first_frame(const struct sig_input *input);

#endif
