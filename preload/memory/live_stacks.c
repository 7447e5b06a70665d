/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See memory/live_stacks.h. */
#include "memory/live_stacks.h"

#include "base/io.h"

#define PAGE 4096
#define GAP_MAX                                                                                              \
    (1u << 20)              /* the gap below main's stack (stack_guard_gap of mm/mmap.c), or a large frame  \
                              */
#define ZERO_MAX (8u << 20) /* the usual size of a stack */
#define GUARDS   4          /* neighbouring mappings that are one guard */

static uint64_t chunk[1024];

bool safe_live_is_stack(const struct safe_map *map)
{
    return map && map->readable && map->writable;
}

/* Nothing that a program keeps data or code in. */
static bool is_guard(const struct safe_map *map)
{
    return !map->writable && !map->executable && (!map->readable || !map->path_bytes);
}

/*
 * A guard of MADV_GUARD_INSTALL (Linux 6.13; stacks of glibc 2.42) is no mapping of its own: the first page
 * of the mapping from 'sp' on that can be read, or 'sp'.
 */
static uint64_t behind_guard(uint64_t sp, uint64_t end)
{
    uint64_t most = end - sp < GAP_MAX ? end : sp + GAP_MAX;
    for (uint64_t at = sp; at < most; at = (at | (PAGE - 1)) + 1)
        if (safe_is_readable(at))
            return at;
    return sp;
}

/* A large frame may have left a part of the stack that was never written to: the first page from 'sp'
 * on that is not zero, or 'sp'. */
static uint64_t behind_zero(uint64_t sp, uint64_t end)
{
    uint64_t most = end - sp < ZERO_MAX ? end : sp + ZERO_MAX;
    for (uint64_t at = sp; at < most; at += sizeof chunk) {
        size_t bytes = most - at < sizeof chunk ? most - at : sizeof chunk;
        if (safe_read_memory(at, chunk, bytes) < 0)
            return sp;
        for (size_t i = 0; i < bytes / 8; i++)
            if (chunk[i])
                return (at + i * 8) & ~(uint64_t)(PAGE - 1);
    }
    return sp;
}

const struct safe_map *safe_live_stack(const struct safe_maps *maps, uint64_t *sp)
{
    /* Where the shim itself has mapped memory since, nothing was at the time of the fault. */
    bool is_new = *sp >= maps->own_start && *sp < maps->own_end;
    const struct safe_map *map = is_new ? NULL : safe_maps_find(maps, *sp);
    uint64_t at = *sp, gap = *sp;
    for (int i = 0; !safe_live_is_stack(map); i++) {
        if (i == GUARDS || (map && !is_guard(map)))
            return NULL;
        if (map)
            gap = map->end; /* a guard reaches to its stack, however large it is */
        map = safe_maps_above(maps, at);
        if (!map || map->start - gap > GAP_MAX)
            return NULL;
        at = map->start;
    }
    at = behind_guard(at, map->end);
    *sp = at == *sp ? at : behind_zero(at, map->end);
    return map;
}

/* True for the address behind a call instruction: e8 with an offset, or ff /2 with its operand. */
static bool follows_call(const struct safe_maps *maps, uint64_t pc)
{
    const struct safe_map *map = safe_maps_find(maps, pc);
    uint8_t code[7];
    if (!map || !map->executable || safe_read_memory(pc - sizeof code, code, sizeof code) < 0)
        return false;
    for (int i = 0; i <= 5; i++)
        if (code[i] == 0xff && (code[i + 1] & 0x38) == 0x10)
            return true;
    return code[2] == 0xe8;
}

bool safe_live_is_frame(const struct safe_maps *maps, uint64_t bp)
{
    uint64_t word[2];
    return !(bp & 7) && safe_live_is_stack(safe_maps_find(maps, bp)) &&
           safe_read_memory(bp, word, sizeof word) == 0 && follows_call(maps, word[1]);
}
