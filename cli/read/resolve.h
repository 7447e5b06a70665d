/* SPDX-License-Identifier: MIT */
/* Finds the bundle that a word on the command line names. */
#ifndef CRUMPLE_CLI_READ_RESOLVE_H
#define CRUMPLE_CLI_READ_RESOLVE_H

#include <stdbool.h>

#include "read/find.h"

/** The words, in the order in which they are tried:
 *
 *   last, -1, -2 ...   the newest bundle of the directories (or files), the one before it ...
 *   a path             of a file that exists, or any word with a slash in it that is no signature (' | ')
 *   digits             the newest bundle of the process with that pid
 *   NAME.tar.zst       the bundle of that name; NAME.core
 *   an id              or the beginning of one, where only one begins so
 *
 * Returns 0 with the path in *ret_path; -ENOENT (nothing matches), -ENOTUNIQ (several do: two of them in
 * *ret_path, joined by ' and '), -EINPROGRESS (it is a pending core, in *ret_path), or the error of reading
 * one of dirs. *ret_path is to be freed by the caller. *ret_passed: how many pending cores, which are no bundles, 'last' has
 * passed over. */
int resolve_bundle(const char *word, const char *const *dirs, size_t count, find_trouble *trouble,
                   void *context, char **ret_path, size_t *ret_passed);

/** Whether it is a path: then resolve_bundle looks into no directory. */
bool resolve_is_path(const char *word);

/** Of "last" or "-N": how many bundles from the end, counted from 1; 0: the word is neither. */
size_t resolve_rank(const char *word);

#endif
