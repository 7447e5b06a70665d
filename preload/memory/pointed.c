/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See memory/pointed.h. */
#include "memory/pointed.h"

#include <time.h>

#include "base/io.h"
#include "base/sys.h"
#include "memory/live_stacks.h"

#define AROUND       128 /* bytes before what a register points to: it may lead into the middle of something */
#define LARGE_BYTES  1024
#define SMALL_BYTES  256
#define SECOND_BYTES 256
#define STACK_WORDS  2048
#define SECOND_WORDS (SMALL_BYTES / 8)
#define LOWEST       65536 /* no process has memory below (vm.mmap_min_addr) */
#define CLOCK_EVERY  16

static uint64_t window[STACK_WORDS];

/* As many words as can be read: the mapping may hold the guard of a neighbour, too. */
static size_t read_words(uint64_t at, uint64_t end, size_t most)
{
    size_t bytes = most * 8;
    if (bytes > end - at)
        bytes = (end - at) & ~(size_t)7;
    for (; bytes >= 64; bytes = bytes / 2 & ~(size_t)7)
        if (safe_read_memory(at, window, bytes) == 0)
            return bytes / 8;
    return 0;
}

static bool is_noted(const struct safe_pointed *pointed, uint64_t at)
{
    for (uint32_t i = 0; i < pointed->count; i++)
        if (at >= pointed->target[i] && at - pointed->target[i] < SECOND_BYTES / 4)
            return true;
    return false;
}

/* Data that a pointer leads to; NULL for code, constants (the module's file has them) and numbers. */
static const struct safe_map *find_data(const struct safe_maps *maps, uint64_t at)
{
    const struct safe_map *map = at >= LOWEST ? safe_maps_find(maps, at) : NULL;
    return map && map->readable && map->writable ? map : NULL;
}

static void add_target(struct safe_pointed *pointed, struct safe_segments *list, const struct safe_maps *maps,
                       uint64_t at, uint64_t before)
{
    const uint64_t bytes = pointed->count < SAFE_POINTED_LARGE ? LARGE_BYTES : SMALL_BYTES;
    safe_segments_add_mapped(list, maps, at, at - before, at + bytes);
    pointed->target[pointed->count++] = at;
}

void safe_pointed_add(struct safe_pointed *pointed, struct safe_segments *list, const struct safe_maps *maps,
                      const ucontext_t *context)
{
    const greg_t *reg = context->uc_mcontext.gregs;
    uint64_t sp = (uint64_t)reg[REG_RSP];
    pointed->count = 0;
    const struct safe_map *stack = safe_live_stack(maps, &sp);
    for (size_t i = 0; i <= REG_RIP; i++) {
        const uint64_t at = (uint64_t)reg[i];
        const struct safe_map *map = find_data(maps, at);
        if (map && map != stack)
            add_target(pointed, list, maps, at, AROUND);
        else if (at > LOWEST)
            safe_segments_add_mapped(list, maps, at, at - AROUND, at + AROUND);
    }
    if (!stack)
        return;
    sp &= ~UINT64_C(7);
    const size_t words = read_words(sp, stack->end, STACK_WORDS);
    for (size_t i = 0; i < words && pointed->count < SAFE_POINTED_FIRST_MAX; i++) {
        const struct safe_map *map = find_data(maps, window[i]);
        if (map && map != stack && !is_noted(pointed, window[i]))
            add_target(pointed, list, maps, window[i], 0);
    }
}

void safe_pointed_add_second(const struct safe_pointed *pointed, struct safe_segments *list,
                             const struct safe_maps *maps)
{
    const uint64_t until = safe_clock_ns(CLOCK_MONOTONIC) + SAFE_POINTED_NS;
    uint32_t added = 0;
    for (uint32_t i = 0; i < pointed->count && added < SAFE_POINTED_SECOND_MAX; i++) {
        const uint64_t at = pointed->target[i] & ~UINT64_C(7);
        const struct safe_map *from = find_data(maps, at);
        if (i % CLOCK_EVERY == 0 && safe_clock_ns(CLOCK_MONOTONIC) > until)
            return;
        const size_t words = from ? read_words(at, from->end, SECOND_WORDS) : 0;
        for (size_t word = 0; word < words && added < SAFE_POINTED_SECOND_MAX; word++) {
            const uint64_t to = window[word];
            if (!find_data(maps, to) || is_noted(pointed, to))
                continue;
            safe_segments_add_mapped(list, maps, to, to, to + SECOND_BYTES);
            added++;
        }
    }
}
