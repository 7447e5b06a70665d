/* SPDX-License-Identifier: MIT */
/* The numbers of a drill that are random: each follows from the seed. */
#ifndef CRUMPLE_DRILL_SITES_RANDOM_H
#define CRUMPLE_DRILL_SITES_RANDOM_H

#include <stdint.h>

/** splitmix64: the next number of a sequence. The same on every machine, which rand() is not. */
static inline uint64_t drill_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
