/* SPDX-License-Identifier: MIT */
/* Finding and loading the bundle that a word on show's command line means. */
#ifndef CRUMPLE_CLI_PLACES_OPEN_BUNDLE_H
#define CRUMPLE_CLI_PLACES_OPEN_BUNDLE_H

#include <stdbool.h>

#include <jansson.h>

#include "lookup/sources.h"
#include "read/bundle.h"
#include "rows/rows.h"
#include "screen/options.h"

/* A bundle whose report has been read; the reader stands before what follows it. */
struct show_bundle {
    char *path; /* "-": stdin */
    int fd;
    struct bundle_reader *reader;
    json_t *report;
    json_t *
        group; /* facts of the group that the word named, as places/show_search.h gives them; NULL: it named a bundle */
};

/* Where a word is looked for. */
struct show_places {
    struct options_operands operands; /* directories and files; none: the crash directory */
    const struct rows_filter
        *filter; /* of the events among which the newest one or a group is chosen; NULL: all */
};

/* What the bundle is read for: how much the process may do from then on. */
struct show_purpose {
    bool modules;            /* look at the executables and debug files that the report names */
    struct sources *sources; /* where modules are, with modules; NULL: on this machine */
};

/** Resolve word (see read/resolve.h, places/show_search.h; "-" is stdin), fetch debug files if that is wanted, enter the sandbox
 * of base/confine.h for the purpose, and load the report. Says what is wrong. Returns VERB_OK, else the exit status; show_unload
 * frees in either case. */
int show_load(const char *word, const struct show_places *places, const struct show_purpose *purpose,
              struct show_bundle *ret_bundle);

/** The first half of show_load: resolve word and open the file. Returns VERB_OK, else the exit status; show_unload frees in
 * either case. */
int show_find(const char *word, const struct show_places *places, struct show_bundle *ret_bundle);

/** The second half, in the sandbox: read and check report.json. Returns VERB_OK, else the exit status. */
int show_read(struct show_bundle *bundle);

/** Why the bundle has no core, or a scrubbed one; NULL: not known, or it has all. */
const char *show_why_no_values(const json_t *report);

void show_unload(struct show_bundle *bundle);

/** The exit status for the result of taking the core out of a bundle, 0 or a negative errno. Says what failed; to: where
 *  the core was to go. */
int show_core_status(const struct show_bundle *bundle, const char *to, int error);

#endif
