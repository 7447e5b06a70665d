/* SPDX-License-Identifier: MIT */
/* Parsers of values in variables. Ordinary code of the constructor: no locale, no errno. */
#ifndef CRUMPLE_SETTINGS_SETTINGS_VALUES_H
#define CRUMPLE_SETTINGS_SETTINGS_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/** Parses the whole text as an unsigned decimal number. These return false, *ret untouched, for any other
 * text. */
bool settings_number(const char *s, uint64_t *ret);
/** Nanoseconds, from 500ms, 10s, 2m or 1h. */
bool settings_time(const char *s, uint64_t *ret);
/** Bytes, from 4096, 64K, 1M or 2G. */
bool settings_size(const char *s, uint64_t *ret);
/** The position of a word in a list of words separated by blanks, -1 for none. */
int settings_choice(const char *s, const char *words);

/** Whether the text is a list of absolute paths, with commas between them, blanks around them, and not more of them. */
bool settings_paths(const char *s, unsigned most);

/** Parses the value of CRUMPLE_SIGNALS into bits of signals. False: some word is none of its words. */
bool settings_signals(const char *s, uint64_t *ret);

#endif
