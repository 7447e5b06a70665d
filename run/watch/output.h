/* SPDX-License-Identifier: MIT */
/* The server's stdout and stderr, kept while they pass: --keep-output. */
#ifndef CRUMPLE_RUN_WATCH_OUTPUT_H
#define CRUMPLE_RUN_WATCH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "watch/guard.h"
#include "watch/ring.h"
#include "watch/stream.h"

struct output_stream {
    struct stream stream;
    struct guard_memory memory; /* no ring: it has no guard */
    pid_t guard;                /* 0: none runs */
    int fd;                     /* of this process: 1 or 2 */
    int control;                /* of the guard */
    off_t begin;                /* of a file: where the server began to write */
};

/* [0] stdout, [1] stderr. If both are the same thing, [0] has the text of both. */
struct output {
    struct output_stream streams[2];
    bool is_one;
    _Atomic bool *is_long; /* shared with the guards; NULL: no dump is held back */
};

/** Before the server is started. What cannot be kept is said, and left as it is. The guards look for logged errors if the socket
 * (watch/logged.h), which must stay open, is none of -1. */
void output_begin(struct output *ret, int logged);

/** The server's Go runtime will print more than it would by itself: holds it back (watch/dump_filter.h). False: that cannot be, and it
 * must not print more. After long_us of it, output_is_long() asks. */
bool output_hold_back(struct output *output, int64_t long_us);

/** What is held back takes too long. Nothing is read of the stream until the server has ended, or for a second. */
bool output_is_long(const struct output *output);

/** What the server gets as stdout (0) or stderr (1); -1: what this process has. */
int output_descriptor(const struct output *output, int which);

/** After the server was started, or could not be: closes the server's ends. */
void output_started(struct output *output);

/** No process was left for the server: ends the guards, says so with that negative errno, and keeps nothing. */
void output_give_up(struct output *output, int error);

/** This process has no more to do with the output; another one has its copy. The guards remain. */
void output_end(struct output *output);

/** True if the process that has ended was a guard. If it should not have ended, another one takes its place. */
bool output_reaped(struct output *output, pid_t pid, int wait_status);

/** The terminal's size has changed. True if the server must be told so. */
bool output_resize(const struct output *output);

/** The server has ended: waits until all that it wrote is passed on, until then (CLOCK_MONOTONIC) at most, and two
 * seconds for a reader that takes nothing. What is left passes on later: the guards remain. is_go_end: see guard_ask. */
void output_drain(const struct output *output, bool is_go_end, int64_t deadline_us);

/** After output_drain: what Go's runtime has printed, if that was the last that the server had to say. is_go: the server is known to
 * be Go, and a message alone counts. *ret_lost: bytes of it that were not kept. Returns its size, 0: there is none. */
size_t output_dump(const struct output *output, bool is_go, const char **ret_text, uint64_t *ret_lost);

/** The last bytes of what is kept so far, of a stream that a guard passes on; while it writes, some may be torn. Returns
 * the length. */
size_t output_tail(const struct output *output, int which, char *ret, size_t bytes);

/** What is kept. Returns the length: 0 if nothing is. */
size_t output_text(const struct output *output, int which, char ret_text[RING_TEXT_BYTES]);

#endif
