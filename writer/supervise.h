/* SPDX-License-Identifier: MIT */
/*
 * --supervise: a process that does none of the work itself. It forks a worker, watches its stages in memory that
 * both share, kills a worker that hangs, and starts another one that leaves out the stage in which the last one
 * died or hung. Until a verdict that was asked for is given it leaves nothing out: the verdict must come from a
 * whole look at the thread, or there is none.
 */
#ifndef CRUMPLE_WRITER_SUPERVISE_H
#define CRUMPLE_WRITER_SUPERVISE_H

#include "options.h"

#define SUPERVISE_WORK (-1) /* this process is to do the work */

/**
 * Supervises workers for options->limit_ms milliseconds at most. Returns like fork(): SUPERVISE_WORK in each
 * worker, with its options changed; in the supervisor the exit code (enum crumple_writer_exit). A worker dies
 * with its supervisor. Where no process can be made, it returns SUPERVISE_WORK in this one.
 */
int supervise(struct options *options);

#endif
