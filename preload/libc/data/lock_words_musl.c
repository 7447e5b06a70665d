/* SPDX-License-Identifier: MIT */
/* Safe file: the layout is that of musl on x86-64 (src/internal/pthread_impl.h), the same since 1.0. */
#include "libc/data/lock_words.h"

#include "base/io.h"

#define TID_BITS    0x3fffffffu
#define KIND_BITS   0x8fu /* recursive or error-checking, robust, priority-inheriting, shared */
#define KIND_NORMAL 0u
#define WAITERS_MAX 100000u

/*
 * w: _m_type, _m_lock | _m_waiters, - | -, _m_count | _m_prev | _m_next. A mutex that notes its owner is on the list of
 * its owner's locks (src/thread/pthread_mutex_trylock.c), so both pointers are set.
 */
static bool is_mutex(const uint64_t *w)
{
    uint32_t kind = (uint32_t)w[0], waiters = (uint32_t)w[1];
    return kind != KIND_NORMAL && !(kind & ~KIND_BITS) && waiters <= WAITERS_MAX && w[3] && w[4] &&
           w[3] % 8 == 0 && w[4] % 8 == 0;
}

uint32_t libc_lock_find(const uint64_t *word, uint32_t words, uint32_t from, const int tids[LIBC_LOCK_TIDS],
                        int *ret_owner)
{
    for (uint32_t i = from; i + 4 < words; i++) {
        uint32_t tid = (uint32_t)(word[i] >> 32) & TID_BITS;
        if (tid && (tid == (uint32_t)tids[0] || tid == (uint32_t)tids[1]) && is_mutex(&word[i])) {
            *ret_owner = (int)tid;
            return i + 1;
        }
    }
    return 0;
}

/* What stands before it on its owner's list leads to it. */
bool libc_lock_confirm(uint64_t address)
{
    const uint64_t prev = address + 24, next = address + 32;
    uint64_t before, leads_to;
    return safe_read_memory(prev, &before, sizeof before) == 0 &&
           safe_read_memory(before, &leads_to, sizeof leads_to) == 0 && leads_to == next;
}
