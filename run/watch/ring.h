/* SPDX-License-Identifier: MIT */
/* The first and the last bytes of a stream. */
#ifndef CRUMPLE_RUN_WATCH_RING_H
#define CRUMPLE_RUN_WATCH_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_BYTES 65536 /* of each end */

/* All zero is an empty one. It holds no pointer: two processes share it. */
struct ring {
    uint64_t total; /* bytes of the stream so far */
    char head[RING_BYTES];
    char tail[RING_BYTES]; /* byte number n of the stream, from RING_BYTES on, is at n % RING_BYTES */
};

/** Adds the next bytes of the stream. */
void ring_add(struct ring *ring, const char *bytes, size_t count);

/** The last bytes of it. Returns how many there are. */
size_t ring_tail(const struct ring *ring, char *ret, size_t bytes);

#define RING_TEXT_BYTES (2 * RING_BYTES + 64)

/** All that is kept, in order; a line in brackets stands for what is not. Returns the length. */
size_t ring_text(const struct ring *ring, char ret_text[RING_TEXT_BYTES]);

#endif
