/* SPDX-License-Identifier: MIT */
/* What list, group and collect say about a crash directory: which one it is, and what in it could not be
 * read. */
#ifndef CRUMPLE_CLI_PLACES_DIRECTORY_H
#define CRUMPLE_CLI_PLACES_DIRECTORY_H

#include "lookup/sources.h"
#include "rows/rows.h"
#include "screen/options.h"

/* A crash directory that a verb works on, and what went wrong in it. */
struct directory {
    char *path;
    char *elsewhere;                        /* nothing is at path, and here are bundles; or NULL */
    bool implied;                           /* not named on the command line */
    bool trouble;                           /* a part of it could not be read, which has been said */
    size_t pending, bad, skipped, left_out; /* of struct rows, its own part */
    uint64_t counted;                       /* likewise */
};

/* Those that list and group read; also files. */
struct directories {
    struct directory *items;
    size_t count;
    bool modules;                  /* are read, too (base/confine.h) */
    const struct sources *sources; /* where those are, too, or NULL */
    const struct where *where; /* that directories_rows was given, if every event was looked at; or NULL */
    unsigned keys_seen;        /* of struct rows */
};

/** Take the directory at path, or the default one if path is NULL. Says what is wrong. Returns VERB_OK, else the
 * exit status. Freed with directory_clear in either case. */
int directory_choose(const char *path, struct directory *ret_directory);

void directory_clear(struct directory *directory);

/** A find_trouble: say it, and note it in the struct directory that is its context. */
void directory_trouble(const char *what, int error, void *context);

/** Say where there are bundles instead, if nothing is in the default directory and that is known. */
void directory_say_elsewhere(const struct directory *directory);

/** The exit status for a directory that cannot be read, which it says. */
int directory_failed(const struct directory *directory, int error);

/** As directory_choose, for all operands of the command line, or the default directory. At most CONFINE_PATHS_MAX. A place
 * that another one covers is left out. */
int directories_choose(const struct options_operands *operands, struct directories *ret_directories);

void directories_clear(struct directories *directories);

/** Read rows, from inside the sandbox of base/confine.h, which is not left; says what went wrong. Of several directories,
 * those that can be read are. Returns VERB_OK, else the exit status. */
int directories_rows(struct directories *directories, const struct rows_filter *filter, struct rows *rows);

/** Say on stderr what needs attention (pending, damaged), or where nothing was found, and give the exit status: for what was
 * found, shown is the number of results. */
int directories_conclude(const struct directories *directories, size_t shown);

#endif
