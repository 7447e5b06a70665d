/* SPDX-License-Identifier: MIT */
/*
 * What the faulting thread printed last on stderr: a server that gives up says why just before. stderr has no buffer
 * of its own, so glibc's printf formats into one on the stack, and the text stays there, below the stack pointer,
 * until other calls need the room.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_LAST_WORDS_H
#define CRUMPLE_WRITER_EXPLAIN_LAST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct crash;

/** Writes the last line that is not empty to out, without control characters; a long one is cut. Returns whether
 * there is one. */
bool last_words_find(const struct crash *crash, char *out, size_t size);

#endif
