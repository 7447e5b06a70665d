/* SPDX-License-Identifier: MIT */
/* Where a function takes guards: all its calls of __cxa_guard_acquire, in all its parts. */
#ifndef WRITER_VERDICT_GUARD_SITES_H
#define WRITER_VERDICT_GUARD_SITES_H

#include "verdict/guard_calls.h"

#define GUARD_SITES_MOST 64

struct guard_site {
    uint64_t after; /* the call's return address */
    uint64_t guard; /* its argument, or 0 */
};

/** Finds the acquires of the function around address. Returns their number; *ret_is_partial: there may be
 * more. */
size_t guard_sites_find(struct guard_calls *calls, uint64_t address,
                        struct guard_site sites[GUARD_SITES_MOST], bool *ret_is_partial);

#endif
