/* SPDX-License-Identifier: MIT */
/*
 * What the faulting thread's frames point to, in two levels: its registers and the innermost frames on its stack lead to
 * memory, and that leads on. 'crumple show --locals' prints a struct behind a pointer, and the text behind its members.
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_POINTED_H
#define CRUMPLE_PRELOAD_MEMORY_POINTED_H

#include <ucontext.h>

#include "memory/segments.h"

/* Best first: the larger pieces are for registers and for the innermost frames. */
#define SAFE_POINTED_LARGE      48 /* the first targets */
#define SAFE_POINTED_FIRST_MAX  256
#define SAFE_POINTED_SECOND_MAX 512
#define SAFE_POINTED_NS         UINT64_C(2000000) /* for the second level */

struct safe_pointed {
    uint64_t target[SAFE_POINTED_FIRST_MAX];
    uint32_t count;
};

/** Adds the first level, and notes its targets for the second. In the helper. */
void safe_pointed_add(struct safe_pointed *pointed, struct safe_segments *list, const struct safe_maps *maps,
                      const ucontext_t *context);

/** Adds the second level, for a limited time. It matters less than all that others call important. */
void safe_pointed_add_second(const struct safe_pointed *pointed, struct safe_segments *list,
                             const struct safe_maps *maps);

#endif
