/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks. See state/told.h. */
#include "state/told.h"

#include <stddef.h>
#include <sys/mman.h>

#include "base/sys.h"

#define TOLD_MAX 64

static _Atomic uint64_t *told; /* hashes; 0 is a free place */

int safe_told_prepare(void)
{
    long page = safe_call(SYS_mmap, 0, TOLD_MAX * sizeof *told, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (safe_is_error(page))
        return (int)page;
    told = (_Atomic uint64_t *)page;
    return 0;
}

/* FNV-1a, of 64 bits. */
static uint64_t hash_of(const char *text, uint64_t number)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ number;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

bool safe_told_first(const char *text, uint64_t number)
{
    const uint64_t hash = hash_of(text, number);
    for (size_t i = 0; told && i < TOLD_MAX; i++) {
        uint64_t there = 0;
        if (__atomic_compare_exchange_n(&told[i], &there, hash, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return true;
        if (there == hash)
            return false;
    }
    return false;
}
