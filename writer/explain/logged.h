/* SPDX-License-Identifier: MIT */
/* An error that a server has only logged, in words: golang/log_line.h says which lines tell of one. */
#ifndef CRUMPLE_WRITER_EXPLAIN_LOGGED_H
#define CRUMPLE_WRITER_EXPLAIN_LOGGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_line.h"

struct crash;

/** Sets crash->logged, reason, signature, title and kind of an event 'logged'. Returns 0 or -ENOMEM. */
int logged_describe(struct crash *crash);

/* A frame of the stack that follows the line; spans of the stack. */
struct logged_frame {
    struct span function; /* without arguments */
    struct span file;     /* NULL: not told */
    uint64_t line;
    bool is_creator; /* not a frame: who started the goroutine */
};

/** Takes the next frame from the front of the stack. False: there is none. */
bool logged_frame_next(struct span *stack, struct logged_frame *ret);

/** How many frames of the stack are those by which a panic was caught and told: the next one is where it was raised. */
size_t logged_frames_skipped(struct span stack);

#endif
