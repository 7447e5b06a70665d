/* SPDX-License-Identifier: MIT */
/* What list, group and collect say about a crash directory: which one it is, and what in it could not be
 * read. */
#ifndef CRUMPLE_CLI_VERBS_DIRECTORY_H
#define CRUMPLE_CLI_VERBS_DIRECTORY_H

#include "read/rows.h"

/* A crash directory that a verb works on, and what went wrong in it. */
struct directory {
    char *path;
    bool implied; /* not named on the command line */
    bool trouble; /* a part of it could not be read, which has been said */
};

/** Take the directory at path, or the default one if path is NULL. Says what is wrong. Returns VERB_OK, else the
 * exit status. Freed with directory_clear in either case. */
int directory_choose(const char *path, struct directory *ret_directory);

void directory_clear(struct directory *directory);

/** A find_trouble: say it, and note it in the struct directory that is its context. */
void directory_trouble(const char *what, int error, void *context);

/** The exit status for a directory that cannot be read, which it says. */
int directory_failed(const struct directory *directory, int error);

/** Read rows, from inside the sandbox of base/confine.h, which is not left; says what went wrong. Returns
 * VERB_OK, else the exit status. */
int directory_rows(struct directory *directory, const struct rows_filter *filter, struct rows *rows);

/** Say on stderr what needs attention (pending, damaged), and give the exit status: for what was found, shown
 * is the number of results. */
int directory_conclude(const struct directory *directory, const struct rows *rows, size_t shown);

#endif
