/* SPDX-License-Identifier: MIT */
/* Safe file: the layouts are those of glibc on x86-64 (sysdeps/x86/nptl/bits/struct_mutex.h,
 * struct_rwlock.h), the same since 2.25. */
#include "libc/data/lock_words.h"

#include <stdbool.h>

#define USERS_MAX    100000u
#define TID_BITS     0x3fffffffu /* of the lock word of a robust or priority-inheriting mutex */
#define MUTEX_ROBUST 16u         /* PTHREAD_MUTEX_ROBUST_NORMAL_NP of its kind */
#define KIND_BITS    0x3ffu      /* with PTHREAD_MUTEX_NO_ELISION_NP, of one whose type was set */
#define RWLOCK_HELD  3u          /* PTHREAD_RWLOCK_WRPHASE, PTHREAD_RWLOCK_WRLOCKED */

static uint32_t low(uint64_t word)
{
    return (uint32_t)word;
}

static uint32_t high(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

/*
 * w: __lock, __count | __owner, __nusers | __kind, __spins | __list. Only a robust mutex is on a list. In a
 * container threads have numbers like 2, and small numbers in a row are everywhere: without the list any
 * would do.
 */
static bool is_mutex(const uint64_t *w, uint32_t tid)
{
    uint32_t lock = low(w[0]), users = high(w[1]), kind = low(w[2]);
    return (lock == 1 || lock == 2 || (lock & TID_BITS) == tid) && users >= 1 && users <= USERS_MAX &&
           !(kind & ~KIND_BITS) && (!w[3] && !w[4]) != ((kind & MUTEX_ROBUST) != 0);
}

/*
 * w: __readers, __writers | __wrphase_futex, __writers_futex | __pad | __cur_writer, __shared. Held for
 * writing, both futex words have their lowest bit set (nptl/pthread_rwlock_common.c): without that any small
 * numbers before a thread's number would do.
 */
static bool is_rwlock(const uint64_t *w)
{
    return (low(w[0]) & RWLOCK_HELD) == RWLOCK_HELD && (low(w[1]) == 1 || low(w[1]) == 3) &&
           (high(w[1]) == 1 || high(w[1]) == 3) && !w[2] && high(w[3]) <= 1;
}

static bool is_wanted(const int tids[LIBC_LOCK_TIDS], uint32_t tid)
{
    return tid && (tid == (uint32_t)tids[0] || tid == (uint32_t)tids[1]);
}

uint32_t libc_lock_find(const uint64_t *word, uint32_t words, uint32_t from, const int tids[LIBC_LOCK_TIDS],
                        int *ret_owner)
{
    for (uint32_t i = from ? from : 1; i < words; i++) {
        if (!is_wanted(tids, low(word[i])))
            continue;
        *ret_owner = (int)low(word[i]);
        if (i + 3 < words && is_mutex(&word[i - 1], low(word[i])))
            return i;
        if (i >= 3 && is_rwlock(&word[i - 3]))
            return i - 2;
    }
    return 0;
}

/* What is_mutex and is_rwlock ask for is enough. */
bool libc_lock_confirm(uint64_t address)
{
    (void)address;
    return true;
}
