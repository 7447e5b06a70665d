/* SPDX-License-Identifier: MIT */
/*
 * The entries of CRUMPLE_TAGS: '[!]NAME=VALUE', divided by commas; blanks around an entry do not count. A value has no
 * comma. The shim warns of wrong ones at its start; events and reports carry the rest. Any context.
 */
#ifndef CRUMPLE_SHARE_TAG_LIST_H
#define CRUMPLE_SHARE_TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define TAG_LIST_NAME_MAX  63
#define TAG_LIST_VALUE_MAX 255
#define TAG_LIST_MAX       64 /* entries that are read */

struct tag_entry {
    const char *name, *value; /* not ended by NUL; they point into the list */
    size_t name_size, value_size;
    bool is_secret; /* by its mark, its name or a password in it: nothing but secrets.json shows the value */
};

/** Reads the next entry of the text from *at on, and moves *at behind it. False: there is none. Wrong entries are left out. */
bool tag_list_next(const char **at, struct tag_entry *ret);

/** Reads one entry, without its comma. False: it is wrong. */
bool tag_list_entry(const char *text, size_t size, struct tag_entry *ret);

/** What is wrong with a list, a constant; NULL: nothing. */
const char *tag_list_problem(const char *text);

#endif
