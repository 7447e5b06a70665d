/* SPDX-License-Identifier: MIT */
/* Safe file: the rare cases of the table of held locks; the usual ones are in track/held_locks.h. */
#include "track/held_locks.h"

#include "track/wakeups.h"

#define ADDRESS     UINT64_C(0x0000ffffffffffff)
#define TIMES       48 /* of a semaphore's entry: how often it was waited for, bits 48 to 55 */
#define TIMES_MAX   UINT64_C(0xff)
#define FILE_NUMBER UINT64_C(0xffffffff)
#define LOST_MAX    (UINT32_MAX / 2) /* from there on nothing is forgotten */

__thread struct safe_held safe_held;

/*
 * The sum of the addresses that are not listed. When their number comes down to zero and this does not,
 * something was released that was never counted (taken unseen), and one that was counted still is held: the
 * table then says so forever.
 */
static __thread uint64_t lost_sum;

/* How many entries are in use; while some locks are lost, some of these may be empty. */
static uint32_t listed(void)
{
    return safe_held.count < SAFE_HELD_MAX ? safe_held.count : SAFE_HELD_MAX;
}

/* Index + 1 of the last entry that equals the key in the bits of the mask, 0: none. */
static uint32_t find(uint64_t key, uint64_t mask)
{
    for (uint32_t i = listed(); i > 0; i--)
        if (safe_held.entry[i - 1] && (safe_held.entry[i - 1] & mask) == (key & mask))
            return i;
    return 0;
}

/* Closes the gaps and counts again, once no entry is lost any more. */
static void close_up(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < SAFE_HELD_MAX; i++)
        if (safe_held.entry[i])
            safe_held.entry[n++] = safe_held.entry[i];
    safe_held.count = n;
}

/* Removes entry 'at' (index + 1); the order of the others stays. */
static void drop(uint32_t at)
{
    if (safe_held.lost) {
        safe_held.entry[at - 1] = 0;
        return;
    }
    for (uint32_t i = at; i < listed(); i++)
        safe_held.entry[i - 1] = safe_held.entry[i];
    safe_held.count--;
}

uint64_t safe_held_latest(void)
{
    for (uint32_t i = listed(); i > 0; i--)
        if (safe_held.entry[i - 1] && safe_held.entry[i - 1] >> 56 != SAFE_HELD_FILE)
            return safe_held.entry[i - 1] & ADDRESS;
    return safe_held.one & ADDRESS;
}

void safe_held_add_lost(uint64_t key)
{
    for (uint32_t i = 0; safe_held.lost && i < SAFE_HELD_MAX; i++)
        if (!safe_held.entry[i]) {
            safe_held.entry[i] = key;
            return;
        }
    if (safe_held.lost == LOST_MAX)
        return;
    lost_sum = (safe_held.lost ? lost_sum : 0) + (key & ADDRESS);
    safe_held.lost++;
    safe_held.count = SAFE_HELD_MAX + safe_held.lost;
}

static void remove_lost(uint64_t key)
{
    if (!safe_held.lost)
        safe_wakeups_unlock_foreign();
    if (!safe_held.lost || safe_held.lost == LOST_MAX)
        return;
    lost_sum -= key & ADDRESS;
    if (safe_held.lost == 1 && lost_sum)
        return;
    safe_held.lost--;
    safe_held.count = SAFE_HELD_MAX + safe_held.lost;
    if (!safe_held.lost)
        close_up();
}

void safe_held_remove_deep(uint64_t key)
{
    uint32_t at = find(key, UINT64_MAX);
    if (at)
        drop(at);
    else
        remove_lost(key);
}

void safe_held_remove_rwlock(const volatile void *lock)
{
    uint32_t at = find(safe_held_key(SAFE_HELD_WRITE, lock), UINT64_MAX);
    if (!at)
        at = find(safe_held_key(SAFE_HELD_READ, lock), UINT64_MAX);
    if (at)
        drop(at);
    else
        remove_lost(safe_held_key(SAFE_HELD_READ, lock));
}

void safe_held_add_semaphore(const volatile void *semaphore)
{
    uint64_t key = safe_held_key(SAFE_HELD_SEM, semaphore);
    uint32_t at = find(key, ~(TIMES_MAX << TIMES));
    if (!at)
        safe_held_add(key | UINT64_C(1) << TIMES);
    else if ((safe_held.entry[at - 1] >> TIMES & TIMES_MAX) < TIMES_MAX)
        safe_held.entry[at - 1] += UINT64_C(1) << TIMES;
}

bool safe_held_remove_semaphore(const volatile void *semaphore)
{
    uint64_t key = safe_held_key(SAFE_HELD_SEM, semaphore);
    uint32_t at = find(key, ~(TIMES_MAX << TIMES));
    if (!at) /* most posts answer no wait of the same thread */
        return false;
    uint64_t times = safe_held.entry[at - 1] >> TIMES & TIMES_MAX;
    if (times == 1)
        drop(at);
    else if (times < TIMES_MAX) /* beyond, the number is unknown */
        safe_held.entry[at - 1] -= UINT64_C(1) << TIMES;
    return true;
}

void safe_held_add_file(int fd, uint32_t range)
{
    uint64_t key = safe_held_file(fd, range);
    if (!find(key, UINT64_MAX)) /* locking again changes a lock's kind, it does not stack */
        safe_held_add(key);
}

void safe_held_remove_files(int fd)
{
    uint64_t key = safe_held_file(fd, 0), mask = UINT64_C(0xff) << 56 | FILE_NUMBER;
    uint32_t at;
    while ((at = find(key, mask)) != 0)
        drop(at);
}

int safe_held_counts(enum safe_held_kind kind)
{
    int found = kind == SAFE_HELD_MUTEX && safe_held.one;
    for (uint32_t i = 0; i < listed(); i++)
        found += safe_held.entry[i] && safe_held.entry[i] >> 56 == (uint64_t)kind;
    return found;
}
