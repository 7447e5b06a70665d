/* SPDX-License-Identifier: MIT */
/*
 * A reader's own cache beside its other caches: $XDG_CACHE_HOME/crumple or ~/.cache/crumple, a file for each directory
 * that is looked through. Where it cannot be had there is none, without a word: another user's home, a full disk, no
 * home. Nobody waits for it.
 */
#ifndef CRUMPLE_CLI_ROWS_INDEX_FILE_H
#define CRUMPLE_CLI_ROWS_INDEX_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define INDEX_FILE_MIB_MAX 128 /* of a longer one nothing is taken; it starts again */

struct index_file {
    int fd; /* -1: none */
    char *text;
    size_t size;
};

/** Opens the file for the directory behind dir_fd, made if there is none, and reads it whole, under its lock. To be called
 * before the sandbox. Returns 0 or a negative errno: there is none. */
int index_file_open(int dir_fd, struct index_file *ret_file);

/** Adds lines behind what is there, or puts them in its place. Needs no more than what is open. All or nothing, unless the
 * process is killed: what is left then is a part of a line at the end. Returns 0 or a negative errno. */
int index_file_write(const struct index_file *file, const char *lines, size_t size, bool replace);

void index_file_close(struct index_file *file);

#endif
