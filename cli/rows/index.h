/* SPDX-License-Identifier: MIT */
/*
 * An index of rows: what list and group have once read from bundles they need not read again (decision 66). It belongs to
 * the reader, lies in the reader's cache, and is believed only about a file that has not changed since: same name, device,
 * inode, size, and times of the last change. Each line has a checksum, so that a torn, foreign or damaged one counts for
 * nothing, and the bundle is read. The answer is the same with it and without.
 */
#ifndef CRUMPLE_CLI_ROWS_INDEX_H
#define CRUMPLE_CLI_ROWS_INDEX_H

#include <stdbool.h>
#include <sys/stat.h>

#include "rows/rows.h"

#define INDEX_LEAST 64 /* bundles; fewer are read as fast */

struct row_index;

/** For the directory that rows_read is to read, before the sandbox. stamp: what the rows depend on, but for the bundle: the
 * build of this program. What another build has left starts again. Returns NULL where there is none: no directory, few
 * bundles, nowhere to write, no memory, stamp is NULL. To be closed. */
struct row_index *row_index_open(const char *dir, const char *stamp);

/** The row of the file with that name below the directory, if the index knows it as it is: st is of now. Sets all of
 * *ret_row but count and from, with "path" null: the callee makes json, and the caller owns it. */
bool row_index_get(struct row_index *index, const char *name, const struct stat *st,
                   struct rows_row *ret_row);

/** Remembers a row that was read while the file was as in st. Takes a bundle that is present or damaged, and has not
 * changed for some seconds: a change in the same tick of the clock would not show. */
void row_index_put(struct row_index *index, const char *name, const struct stat *st,
                   const struct rows_row *row);

/** Writes what is new, and frees. is_complete: all files of the directory were asked for, so that lines which were not are of
 * files that are gone; when most lines are, the file is written anew. NULL is fine. */
void row_index_close(struct row_index *index, bool is_complete);

#endif
