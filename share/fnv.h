/* SPDX-License-Identifier: MIT */
/* FNV-1a of 64 bits (Fowler, Noll and Vo): a hash of texts for tables and short names. Anybody can make two texts of the same
 * hash: where that would matter the texts are compared, too. */
#ifndef CRUMPLE_SHARE_FNV_H
#define CRUMPLE_SHARE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)

/** Returns the hash of what is hashed already, or FNV_BASIS, and of these bytes behind it. Safe in a signal handler. */
static inline uint64_t fnv_add(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
