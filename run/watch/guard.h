/* SPDX-License-Identifier: MIT */
/*
 * The guard: a process that passes a stream of the server's on. It is a process of its own so that it outlives crumple-run:
 * a server whose pipe loses its reader would die of SIGPIPE at its next line, or hang when the pipe is full. It blocks
 * all signals, belongs to a session of its own, and ends when nobody has the server's end open any more.
 */
#ifndef CRUMPLE_RUN_WATCH_GUARD_H
#define CRUMPLE_RUN_WATCH_GUARD_H

#include <sys/types.h>

#include "watch/ring.h"
#include "watch/stream.h"

/* Exit statuses. */
enum { GUARD_END = 0, GUARD_CLOSED = 3 /* the reader behind is gone: the server should notice, too */ };

/**
 * Starts a guard that reads stream->ours, adds the bytes to the ring, which it shares with this process, and writes them
 * to the descriptor 'to'. *ret_control answers guard_is_idle. Returns its pid, or a negative errno.
 */
pid_t guard_start(const struct stream *stream, int to, struct ring *ring, int *ret_control);

/** Waits until all that was written to the stream has been passed on, at most for so long; or the guard has ended. */
void guard_wait_idle(int control, int limit_ms);

#endif
