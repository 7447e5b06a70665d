/* SPDX-License-Identifier: MIT */
/* How a run of crumple-writer ends: the answers on the status pipe, the line in crashes.ndjson, the removal
 * of the core, the summary on stderr. */
#ifndef CRUMPLE_WRITER_FINISH_H
#define CRUMPLE_WRITER_FINISH_H

#include "crash/crash.h"
#include "options.h"

/* One run: one core and the directory it is in. */
struct job {
    struct options options;
    char name[256];      /* NAME */
    char core_name[256]; /* NAME.core; with --core-fd NAME, and no such file is touched */
    int directory, core; /* descriptors */
    int root;            /* of --sysroot, or -1 */
};

/** Writes 'WORD VALUE' to the status pipe, if there is one. The pipe stays open: the reader's end of file
 * means that the writer has ended. Errors are ignored: the reader may be gone. */
void finish_report(const struct job *job, const char *word, const char *value);

/** Writes the verdict of crash to the status pipe: a thread of a living server waits for it. */
void finish_report_verdict(const struct job *job, const struct crash *crash);

/** Removes NAME.core; with --core-fd there is nothing to remove. Returns 0, or -1 with errno set. */
int finish_remove_core(const struct job *job);

/**
 * Does everything that follows a bundle: adds the line to crashes.ndjson, removes the core, reports 'ok',
 * prints the summary, deletes old bundles and refreshes crumple.prom. bundle is the file's name, or NULL: the
 * limits allow none. An error costs only its own part.
 */
void finish_run(const struct job *job, const struct crash *crash, const char *bundle);

/** Refreshes crumple.prom and keeps crashes.ndjson bounded (ledger/upkeep.h); prints where the latter fails.
 * Returns 0 or a negative errno of the former. */
int finish_upkeep(int directory, int tries);

/** Prints that the bundle cannot be done ("made", "written"), why, and whether the core stays. */
void finish_say_failure(const struct job *job, const char *done, const char *why, size_t why_size);

#endif
