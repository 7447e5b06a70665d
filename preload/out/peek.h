/* SPDX-License-Identifier: MIT */
/*
 * Answers crumple-writer's questions for memory of the process (include/crumple_peek.h), from the helper that shares it: for the variables
 * of CRUMPLE_WATCH. The writer has them only where that is set.
 */
#ifndef CRUMPLE_PRELOAD_OUT_PEEK_H
#define CRUMPLE_PRELOAD_OUT_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crumple_peek.h"

#define SAFE_PEEK_HIDDEN_MAX 512

struct safe_peek_range {
    uint64_t start, end;
};

struct safe_peek {
    int to_us, to_writer;         /* our ends, while the writer runs; else -1 */
    int writers_from, writers_to; /* its ends, which it inherits; -1 once it has them */
    uint32_t hidden_count;        /* memory that never leaves the process */
    struct safe_peek_range hidden[SAFE_PEEK_HIDDEN_MAX];
    uint32_t done, count; /* of the question in 'asked': answered reads, and all */
    uint8_t asked[CRUMPLE_PEEK_PACKET] __attribute__((aligned(8)));
    uint8_t answer[CRUMPLE_PEEK_PACKET] __attribute__((aligned(8)));
};

/** Forgets what was hidden. Then nothing is. */
void safe_peek_init(struct safe_peek *peek);

/** Refuses [start, end) from now on. Returns false if there is no room: then do not open it. */
bool safe_peek_hide(struct safe_peek *peek, uint64_t start, uint64_t end);

/** Opens the pipes. Returns 0 or a negative errno. Blocks SIGPIPE in the calling process, which is a helper. */
int safe_peek_open(struct safe_peek *peek);

/** The writer has been started, or has not: only it has its ends from now on. */
void safe_peek_give(struct safe_peek *peek);

void safe_peek_close(struct safe_peek *peek);

static inline bool safe_peek_is_open(const struct safe_peek *peek)
{
    return peek->to_us >= 0;
}

/** Whether an answer waits for room in its pipe. */
bool safe_peek_is_full(const struct safe_peek *peek);

/** Takes a question that is there, and gives what answers have room. Never waits. Returns false if the writer has closed its end. */
bool safe_peek_serve(struct safe_peek *peek);

/**
 * Waits until other_fd (-1: none) has something to be read (*ret_other), at most 'ms' milliseconds, and serves meanwhile. Closes the peek when
 * the writer has closed its end. Returns false where it cannot wait.
 */
bool safe_peek_wait(struct safe_peek *peek, int other_fd, uint64_t ms, bool *ret_other);

#endif
