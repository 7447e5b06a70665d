/* SPDX-License-Identifier: MIT */
/* Why a process aborts itself, according to libc, the allocator or a language's runtime. */
#ifndef CRUMPLE_WRITER_EXPLAIN_ABORT_H
#define CRUMPLE_WRITER_EXPLAIN_ABORT_H

#include "crash/crash.h"

struct abort_words {
    const char *kind;  /* "heap corruption"; "abort" if unknown. The signature begins with it. */
    const char *cause; /* a sentence for the report; it may lie in text */
    const char *by;    /* file of the allocator that aborts, or NULL */
    char text[200];
};

/** Recognises the abort of crash by its reason (glibc's message) and the functions on the stack. */
void abort_words_find(const struct crash *crash, struct abort_words *ret_words);

/** Returns the kind of abort that a glibc message belongs to, or NULL. */
const char *abort_words_kind_of(const char *message);

/** Writes the message in the form of a title: without libc's stars and endings. Returns out. */
const char *abort_words_short(const char *message, char *out, size_t size);

#endif
