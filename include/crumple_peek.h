/* SPDX-License-Identifier: MIT */
/*
 * How crumple-writer reads the memory of the process that waits for it: two pipes in packet mode (O_DIRECT, pipe(2)) to the helper, which
 * shares that memory. A packet is a header and what follows it. The writer asks with one packet; the helper answers each read of it in
 * order, with one packet or several. Numbers are those of this machine.
 */
#ifndef CRUMPLE_PEEK_H
#define CRUMPLE_PEEK_H

#include <stdint.h>

#define CRUMPLE_PEEK_PACKET   4096 /* bytes of a packet at most: PIPE_BUF */
#define CRUMPLE_PEEK_SIZE_MAX 2048 /* bytes of a read at most */
#define CRUMPLE_PEEK_READS_MAX                                                                               \
    ((CRUMPLE_PEEK_PACKET - sizeof(struct crumple_peek_head)) / sizeof(struct crumple_peek_read))

/* Of a question: its number, and how many reads follow. Of an answer: the number of the question, and the index of the first result.
 * A writer that takes over from one that died passes over answers with numbers that are not its own. */
struct crumple_peek_head {
    uint32_t number, count;
};

struct crumple_peek_read {
    uint64_t address;
    uint32_t size, unused;
};

/* size bytes follow it, without padding; error: a negative errno, then none does. */
struct crumple_peek_result {
    int32_t error;
    uint32_t size;
};

#endif
