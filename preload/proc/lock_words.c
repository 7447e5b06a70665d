/* SPDX-License-Identifier: MIT */
/* Safe file: what a lock looks like is for libc/data/lock_words.h to say. */
#include "proc/lock_words.h"

#include <stddef.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/sys.h"

#define PAGE    4096u
#define CHUNK   65536u
#define VECTOR  1024u  /* pages asked for in one mincore(2) */
#define VECTORS 16384u /* at most: 64 GiB of address space */
#define OVERLAP 40u    /* a lock that begins at the end of one chunk is found in the next */

struct scan {
    const int *tids;
    int owner; /* of the lock that was found last */
    const struct safe_scan_skip *skip;
    size_t skip_count;
    uint64_t left; /* of the budget, bytes */
    uint32_t vectors;
    bool complete;
    uint64_t *chunk;
    uint8_t resident[VECTOR];
};

static bool is_skipped(const struct scan *s, uint64_t address)
{
    for (size_t i = 0; i < s->skip_count; i++)
        if (address >= s->skip[i].start && address < s->skip[i].end)
            return true;
    return false;
}

/* The address of the first lock in the chunk, which was copied from 'start'; 0: none. */
static uint64_t find_in_chunk(struct scan *s, uint64_t start, uint32_t words)
{
    uint32_t at;
    for (uint32_t i = 0; (at = libc_lock_find(s->chunk, words, i, s->tids, &s->owner)) != 0; i = at + 3) {
        const uint64_t lock = start + (at - 1) * 8;
        if (!is_skipped(s, lock) && libc_lock_confirm(lock))
            return lock;
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

uint64_t safe_scan_owned(const struct safe_maps *maps, const int tids[LIBC_LOCK_TIDS],
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
    *ret_owner = found ? s.owner : 0;
    return found;
}
