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
    bool awaits_verdict;         /* on a thread that is to be ended */
    bool was_killed;             /* the writer's supervisor was, from outside */
    char said[4096];             /* on the status pipe, ended by NUL; see safe_writer_said() */
    size_t said_bytes;
};

/* Whether the writer at its path can be changed only by root, by this user or by the owner of libcrumple.so.
 * Also false where it is not there. */
bool safe_writer_path_is_trusted(void);

/**
 * Runs the writer on the core until the deadline (CLOCK_MONOTONIC, nanoseconds). The writer supervises itself
 * (writer/supervise.h): where it dies or hangs in a stage, it does without that stage. If the supervisor is
 * killed, it is started once more. Returns 0 when the bundle is complete, a negative errno when the writer
 * could not be started, else its exit code (enum crumple_writer_exit).
 */
int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns);

/** Copies the rest of the line of the writer's words that begins with 'words'. Returns false if there is none. */
bool safe_writer_said(const struct safe_writer *job, const char *words, char *to, size_t size);

/* Has the writer make crumple.prom anew in job->dirfd. Waits for it, at most until the deadline. */
void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns);

#endif
