/* SPDX-License-Identifier: MIT */
/*
 * Text from a bundle is hostile: it may hold terminal escapes, bidirectional overrides, broken UTF-8.
 * Everything that reaches a terminal or a text file goes through here first.
 */
#ifndef CRUMPLE_CLI_BASE_TEXT_H
#define CRUMPLE_CLI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Let the locale say how wide characters are and whether UTF-8 may be printed. Called once, by main. */
void text_init(void);

/** The mark for text that was cut: one cell wide. */
const char *text_ellipsis(void);

/** Whether UTF-8 may be printed. */
bool text_is_utf8(void);

/** Write s with control characters, bidirectional and invisible formatting characters and malformed bytes as
 * visible escapes (\n, \x1b, \u202e). NULL is written as "-". */
void text_put(FILE *to, const char *s);

/** As text_put, into a new string that the caller frees; NULL where memory is short. */
char *text_clean(const char *s);

/** The last component of a path, within it. */
const char *text_base_name(const char *path);

/** Cells that cleaned text takes on a terminal. */
size_t text_width(const char *cleaned);

/** How many bytes of cleaned text fit into so many cells. */
size_t text_fit(const char *cleaned, size_t cells);

/** A copy that is valid UTF-8 (malformed bytes become U+FFFD), as JSON needs it. The caller frees it. */
char *text_to_utf8(const char *s);

#endif
