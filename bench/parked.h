/* SPDX-License-Identifier: MIT */
/* A trip: the calls that a thread makes before it parks, each frame with some bytes of its own. */
#ifndef PARKED_H
#define PARKED_H

#include <stddef.h>
#include <stdint.h>

struct trip;
typedef void (*step)(struct trip *trip);

enum {
    STEPS_MAX = 32,
    LIBRARIES = 30,
    STEPS_PER_LIBRARY = 8,
    PATHS = 50,
};

struct trip {
    const step *path;
    size_t frame_bytes; /* of random-ish locals in each frame */
    uint64_t random;    /* state of this thread's generator */
    char *stack_top;    /* of the first frame */
    char *stack_now;    /* of the innermost one, once parked */
};

/* What locals look like: numbers of all sizes, addresses, text, and holes. */
static inline void fill_frame(struct trip *trip, uint64_t *words, size_t count)
{
    uint64_t r = trip->random;
    for (size_t i = 0; i < count; i++) {
        r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        switch (r & 7) {
        case 0:
        case 1:
            words[i] = r;
            break;
        case 2:
        case 3:
            words[i] = r >> 52;
            break;
        case 4:
            words[i] = (uintptr_t)words + ((r >> 40) & 0xff8);
            break;
        case 5:
            words[i] = UINT64_C(0x20656d6f68206f67) + ((r >> 32) & 0x0303);
            break;
        default:
            words[i] = 0;
            break;
        }
    }
    trip->random = r;
}

#endif
