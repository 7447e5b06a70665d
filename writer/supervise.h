/* SPDX-License-Identifier: MIT */
/*
 * --supervise: a process that does none of the work itself. It forks a worker, watches the worker's stages in
 * shared memory, and kills a worker that hangs. If a worker died or hung in a stage, the next one leaves that
 * stage out. Until a requested verdict is given, no stage is left out, because the verdict must come from a
 * complete analysis of the thread.
 */
#ifndef CRUMPLE_WRITER_SUPERVISE_H
#define CRUMPLE_WRITER_SUPERVISE_H

#include "options.h"

#define SUPERVISE_WORK (-1) /* this process is to do the work */

/**
 * Supervises workers for options->limit_ms milliseconds at most. Returns like fork(): SUPERVISE_WORK in each
 * worker, with its options changed; in the supervisor the exit code (enum crumple_writer_exit). A worker dies
 * with its supervisor. If no process can be created, it returns SUPERVISE_WORK in this one.
 */
int supervise(struct options *options);

#endif
