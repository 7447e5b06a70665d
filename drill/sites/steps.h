/* SPDX-License-Identifier: MIT */
/* A set of executed instructions, each with the routine of the thread that executed it. */
#ifndef CRUMPLE_DRILL_SITES_STEPS_H
#define CRUMPLE_DRILL_SITES_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drill_step {
    uint64_t pc;
    uint32_t routine;
};

struct drill_steps;

/** NULL: memory is short. */
struct drill_steps *drill_steps_new(void);
/** Add one; returns whether it is new. A set that cannot grow takes nothing more. */
bool drill_steps_add(struct drill_steps *steps, uint64_t pc, uint32_t routine);
/** Each element once: *at begins with 0. Returns false at the end. */
bool drill_steps_next(const struct drill_steps *steps, size_t *at, struct drill_step *ret_step);

#endif
