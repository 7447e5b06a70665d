/* SPDX-License-Identifier: MIT */
/* Starting crumple-writer and waiting for it, from the helper process. */
#ifndef PRELOAD_OUT_WRITER_H
#define PRELOAD_OUT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/config.h"

struct safe_writer {
    int dirfd;                   /* where the core lies */
    char dir[CONFIG_PATH_BYTES]; /* the same, for people */
    char core[160];              /* NAME.core; with core_fd: NAME */
    int core_fd;                 /* the core where it is no file of the directory; else -1 */
    bool spoke;                  /* it ended by itself and has said why on stderr */
    const char *trouble;         /* in words, when it did not do its work */
    bool silent;                 /* no summary on stderr: the host says its own line */
    /* Lines of the writer's status pipe, but those of stages: whoever takes them waits for a verdict. */
    void (*heard)(const char *text, size_t n);
};

/* Whether the writer at its path can be changed only by root, by this user or by the owner of libcrumple.so.
 * Also false where it is not there. */
bool safe_writer_path_is_trusted(void);

/*
 * Runs the writer on the core, and where it dies or hangs in a stage another one without that stage, until
 * the deadline (CLOCK_MONOTONIC). Returns 0 when the bundle is there, a negative errno when it could not be
 * started, its exit code, or 1 when none came to its end.
 */
int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns);

/* Has the writer make crumple.prom anew in job->dirfd. Waits for it, at most until the deadline. */
void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns);

/*
 * Closes every descriptor but stderr, the held ones and what it opens itself, so that a listening port is
 * free as soon as the server is dead; makes sure that 0, 1 and 2 are taken.
 */
void safe_writer_close_descriptors(void);

#endif
