/* SPDX-License-Identifier: MIT */
/* Starting crumple-writer and waiting for it, from the helper process. */
#ifndef CRUMPLE_PRELOAD_OUT_WRITER_H
#define CRUMPLE_PRELOAD_OUT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/peek.h"
#include "state/config.h"

struct safe_writer {
    int dirfd;                   /* directory of the core */
    char dir[CONFIG_PATH_BYTES]; /* its name, for messages */
    char core[160];              /* NAME.core; with core_fd: NAME */
    int core_fd;                 /* the core, if it is no file of the directory; else -1 */
    bool is_fallback;            /* dirfd is the directory of last resort */
    bool spoke;                  /* the writer ended by itself and has given the reason on stderr */
    const char *trouble;         /* a text, if the writer did not do its work */
    bool silent;                 /* no summary on stderr: the host prints its own line */
    bool awaits_verdict;         /* on a thread that is to be ended */
    bool was_killed;             /* the writer's supervisor was, from outside */
    char said[4096];             /* on the status pipe, ended by NUL; see safe_writer_said() */
    size_t said_bytes;
    bool may_peek; /* the writer may ask for memory, but for what is hidden in 'peek' */
    struct safe_peek peek;
};

/**
 * Runs the writer on the core until the deadline (CLOCK_MONOTONIC, nanoseconds). The writer supervises itself
 * (writer/supervise.h): if it dies or hangs in a stage, it goes on without that stage. If the supervisor is
 * killed, it is started once more. Returns 0 when the bundle is complete, a negative errno when the writer
 * could not be started, else its exit code (enum crumple_writer_exit).
 */
int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns);

/** Starts the writer and does not wait for it; it ends itself after 'ns' nanoseconds. Returns its pid or a negative
 * errno. */
long safe_writer_start(struct safe_writer *job, uint64_t ns);

/** Answers the questions of a writer that safe_writer_start() has started, until it closes its end or 'ns' nanoseconds have passed. Uses
 * nothing but the job. */
void safe_writer_serve(struct safe_writer *job, uint64_t ns);

/** The arguments that let the writer make the bundle, with one option more. Static memory. */
const char *const *safe_writer_arguments(struct safe_writer *job, const char *option);

/** Copies the rest of the writer's line that begins with 'words'. Returns false if there is no such line. */
bool safe_writer_said(const struct safe_writer *job, const char *words, char *to, size_t size);

/** Lets the writer refresh crumple.prom in job->dirfd, and waits for it, at most until the deadline. */
void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns);

#endif
