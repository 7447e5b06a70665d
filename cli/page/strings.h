/* SPDX-License-Identifier: MIT */
/* The texts of a page, each once. They come from bundles and are hostile: the page gets what a terminal would get. */
#ifndef CRUMPLE_CLI_PAGE_STRINGS_H
#define CRUMPLE_CLI_PAGE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lookup/lookup.h"

#define STRINGS_TEXT_MAX  4096        /* bytes of a cleaned text; what is longer is cut */
#define STRINGS_BYTES_MAX (64u << 20) /* of all; what comes later is shown as an ellipsis */

struct page_strings;

/** Returns NULL where memory is short. page_strings_free takes NULL. */
struct page_strings *page_strings_new(void);
void page_strings_free(struct page_strings *strings);

/** The number of a text, which is copied; 0 for NULL and "", and where memory is short (page_strings_failed). */
size_t page_strings_add(struct page_strings *strings, const char *text);

/** The same of a text in which mangled names may stand: they become readable. */
size_t page_strings_add_names(struct page_strings *strings, const char *text);

/** Whether memory was short, once. */
bool page_strings_failed(const struct page_strings *strings);

/** Asks for the mangled names of all texts. Returns 0 or -ENOMEM. */
int page_strings_ask(const struct page_strings *strings, struct lookup *lookup);

/** Writes all as a JSON array; the first is "". Errors are those of the stream. */
void page_strings_write(const struct page_strings *strings, const struct lookup *lookup, FILE *to);

/** Writes one text as a JSON string that is inert in HTML: <, > and & are escaped, what a terminal would obey is visible. */
void page_strings_put(FILE *to, const char *text);

/** Whether the page shows a text as it is, so that it can be copied into a command line. */
bool page_strings_is_plain(const char *text);

#endif
