/* SPDX-License-Identifier: MIT */
/*
 * The guard: a process that passes a stream of the server's on. It is a process of its own so that it outlives crumple-run:
 * a server whose pipe loses its reader would die of SIGPIPE at its next line, or hang when the pipe is full. It blocks
 * all signals, belongs to a session of its own, and ends when nobody has the server's end open any more.
 */
#ifndef CRUMPLE_RUN_WATCH_GUARD_H
#define CRUMPLE_RUN_WATCH_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#include "watch/dump_filter.h"
#include "watch/ring.h"
#include "watch/stream.h"

/* Exit statuses. */
enum { GUARD_END = 0, GUARD_CLOSED = 3 /* the reader behind is gone: the server should notice, too */ };

/* What a guard shares with crumple-run. One that takes the place of another goes on with it. */
struct guard_memory {
    struct ring *ring;
    struct dump_filter *filter; /* NULL: nothing is held back */
    /* The guard asks crumple-run whether a dump that is held back is worth to be waited for. */
    _Atomic bool *is_long;
    int logged; /* the socket that is told of logged errors (watch/logged.h); -1: nothing is looked for */
};

/**
 * Starts a guard that reads stream->ours, adds the bytes to the ring and writes them to the descriptor 'to', as far as the filter
 * lets them pass. *ret_control answers guard_ask. Returns its pid, or a negative errno.
 */
pid_t guard_start(const struct stream *stream, int to, const struct guard_memory *memory, int *ret_control);

/**
 * The server has ended: asks the guard to pass on what the stream holds by now. is_go_end: as Go's runtime ends a process (see
 * dump_filter_end). A byte to read from control is the answer, its end that the guard has ended. False: it has ended already.
 */
bool guard_ask(int control, bool is_go_end);

#endif
