/* SPDX-License-Identifier: MIT */
/* The lines of crumple-run on stderr: each begins with "crumple: ", is one write, and holds no control character. */
#ifndef CRUMPLE_RUN_BASE_SAY_H
#define CRUMPLE_RUN_BASE_SAY_H

#include <stddef.h>

/** Writes the text as a line, cleaned and cut at 1,000 bytes. Keeps errno. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The same, but only once say_verbosely() was called. */
void say_more(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_verbosely(void);

/** Foreign text, in place: what could deceive a reader becomes '?'. Returns the length. */
size_t say_clean(char *text);

#endif
