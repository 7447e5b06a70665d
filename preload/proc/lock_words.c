/* SPDX-License-Identifier: MIT */
/* Safe file: the layouts are those of glibc on x86-64 (sysdeps/x86/nptl/bits/struct_mutex.h,
 * struct_rwlock.h), the same since 2.25. */
#include "proc/lock_words.h"

#include <stddef.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/sys.h"

#define PAGE         4096u
#define CHUNK        65536u
#define VECTOR       1024u  /* pages asked for in one mincore(2) */
#define VECTORS      16384u /* at most: 64 GiB of address space */
#define OVERLAP      40u    /* a lock that begins at the end of one chunk is found in the next */
#define USERS_MAX    100000u
#define TID_BITS     0x3fffffffu /* of the lock word of a robust or priority-inheriting mutex */
#define MUTEX_ROBUST 16u         /* PTHREAD_MUTEX_ROBUST_NORMAL_NP of its kind */
#define RWLOCK_HELD  3u          /* PTHREAD_RWLOCK_WRPHASE, PTHREAD_RWLOCK_WRLOCKED */

struct scan {
    const int *tids;
    int owner; /* of the lock that was found */
    const struct safe_scan_skip *skip;
    size_t skip_count;
    uint64_t left; /* of the budget, bytes */
    uint32_t vectors;
    bool complete;
    uint64_t *chunk;
    uint8_t resident[VECTOR];
};

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
           !(kind & ~0x1ffu) && (!w[3] && !w[4]) != ((kind & MUTEX_ROBUST) != 0);
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

static bool is_wanted(const struct scan *s, uint32_t tid)
{
    return tid && (tid == (uint32_t)s->tids[0] || tid == (uint32_t)s->tids[1]);
}

/* The offset + 1 of the first lock whose owner is at word 'from' or behind, 0: none. */
static uint32_t find(const struct scan *s, uint32_t words, uint32_t from)
{
    const uint64_t *word = s->chunk;
    for (uint32_t i = from; i < words; i++) {
        if (!is_wanted(s, low(word[i])))
            continue;
        if (i + 3 < words && is_mutex(&word[i - 1], low(word[i])))
            return (i - 1) * 8 + 1;
        if (i >= 3 && is_rwlock(&word[i - 3]))
            return (i - 3) * 8 + 1;
    }
    return 0;
}

static bool is_skipped(const struct scan *s, uint64_t address)
{
    for (size_t i = 0; i < s->skip_count; i++)
        if (address >= s->skip[i].start && address < s->skip[i].end)
            return true;
    return false;
}

/* Of a lock that begins at that word; of a rwlock the owner is two words further. */
static int owner_of(const struct scan *s, const uint64_t *word)
{
    return (int)(is_wanted(s, low(word[1])) ? low(word[1]) : low(word[3]));
}

/* The address of the first lock in the chunk, which was copied from 'start'; 0: none. */
static uint64_t find_in_chunk(struct scan *s, uint64_t start, uint32_t words)
{
    uint32_t at;
    for (uint32_t i = 1; (at = find(s, words, i)) != 0; i = (at - 1) / 8 + 4)
        if (!is_skipped(s, start + at - 1)) {
            s->owner = owner_of(s, s->chunk + (at - 1) / 8);
            return start + at - 1;
        }
    return 0;
}

/* Neighbouring pages that are there. Returns the address found, or 0. */
static uint64_t scan_range(struct scan *s, uint64_t start, uint64_t end)
{
    while (start < end) {
        uint64_t bytes = end - start < CHUNK ? end - start : CHUNK;
        if (bytes > s->left) {
            s->complete = false;
            return 0;
        }
        s->left -= bytes;
        if (safe_read_memory(start, s->chunk, bytes) < 0) {
            s->complete = false;
            return 0;
        }
        uint64_t at = find_in_chunk(s, start, (uint32_t)(bytes / 8));
        if (at)
            return at;
        start += bytes < end - start ? bytes - OVERLAP : bytes;
    }
    return 0;
}

/* Splits a part of a mapping into what is resident. */
static uint64_t scan_part(struct scan *s, uint64_t start, uint32_t pages)
{
    uint32_t i = 0, first;
    uint64_t found = 0;
    if (safe_call(SYS_mincore, start, (uint64_t)pages * PAGE, s->resident) < 0) {
        s->complete = false;
        return 0;
    }
    while (i < pages && !found) {
        for (; i < pages && !(s->resident[i] & 1); i++)
            ;
        first = i;
        for (; i < pages && (s->resident[i] & 1); i++)
            ;
        found = scan_range(s, start + (uint64_t)first * PAGE, start + (uint64_t)i * PAGE);
    }
    return found;
}

static uint64_t scan_map(struct scan *s, const struct safe_map *map)
{
    uint64_t at = map->start, found = 0;
    while (at < map->end && !found && s->left) {
        uint64_t pages = (map->end - at) / PAGE;
        if (++s->vectors > VECTORS) {
            s->complete = false;
            return 0;
        }
        found = scan_part(s, at, (uint32_t)(pages < VECTOR ? pages : VECTOR));
        at += VECTOR * (uint64_t)PAGE;
    }
    return found;
}

uint64_t safe_scan_owned(const struct safe_maps *maps, const int tids[SAFE_SCAN_TIDS],
                         const struct safe_scan_skip *skip, size_t skip_count, uint64_t budget_bytes,
                         int *ret_owner, bool *ret_complete)
{
    struct scan s = {
        .tids = tids, .skip = skip, .skip_count = skip_count, .left = budget_bytes, .complete = true};
    uint64_t found = 0;
    *ret_owner = 0;
    long chunk = safe_call(SYS_mmap, 0, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (safe_is_error(chunk)) {
        *ret_complete = false;
        return 0;
    }
    s.chunk = (uint64_t *)chunk;
    for (size_t i = 0; i < maps->count && !found; i++) {
        const struct safe_map *map = &maps->map[i];
        if (map->readable && map->writable && !map->shared)
            found = scan_map(&s, map);
    }
    safe_call(SYS_munmap, chunk, CHUNK);
    *ret_complete = s.complete;
    *ret_owner = s.owner;
    return found;
}
