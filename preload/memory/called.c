/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See memory/called.h. */
#include "memory/called.h"

#include "state/config.h"
#include "base/io.h"

#define PAGE         UINT64_C(4096)
#define NEWEST_BYTES (UINT64_C(128) << 10) /* of a stack, searched for return addresses */
#define OLDEST_BYTES (UINT64_C(16) << 10)
#define MANY_MAPS    2000 /* four or five are a module: so many always find room */

static void mark_code(const struct safe_maps *maps, uint64_t address, enum safe_called by)
{
    struct safe_map *map = (struct safe_map *)safe_maps_find(maps, address);
    if (map && map->executable && map->called_by < by)
        map->called_by = (uint8_t)by;
}

/* Any word that points into code may be a return address: a module too many costs little. */
static void mark_words(const struct safe_maps *maps, uint64_t start, uint64_t end, enum safe_called by)
{
    static uint64_t word[512];
    for (; start < end; start += sizeof word) {
        size_t bytes = end - start < sizeof word ? end - start : sizeof word;
        if (safe_read_memory(start, word, bytes) < 0)
            return;
        for (size_t i = 0; i < bytes / 8; i++)
            if (word[i] >= PAGE)
                mark_code(maps, word[i], by);
    }
}

/* Of a deep stack the middle repeats what the two ends have. */
void safe_called_mark(const struct safe_maps *maps, uint64_t pc, const struct safe_segment *stack,
                      enum safe_called by)
{
    uint64_t start = (stack->start + 7) & ~UINT64_C(7);
    mark_code(maps, pc, by);
    if (stack->end - stack->start <= NEWEST_BYTES + OLDEST_BYTES) {
        mark_words(maps, start, stack->end, by);
    } else {
        mark_words(maps, start, start + NEWEST_BYTES, by);
        mark_words(maps, (stack->end - OLDEST_BYTES) & ~UINT64_C(7), stack->end, by);
    }
}

enum safe_called safe_called_of(const struct safe_maps *maps, const struct safe_module *module)
{
    const struct safe_map *head = &maps->map[module->first], *last = head + module->count - 1;
    uint64_t loader = crumple_config->r_debug;
    uint8_t nearest = SAFE_CALLED_BY_NOBODY;
    if (safe_map_was(head, crumple_config->exe_file) || (loader >= head->start && loader < last->end))
        return SAFE_CALLED_BY_FAULTING;
    for (const struct safe_map *map = head; map <= last; map++)
        nearest = map->called_by > nearest ? map->called_by : nearest;
    return (enum safe_called)nearest;
}

bool safe_called_matters(const struct safe_maps *maps)
{
    return maps->count > MANY_MAPS;
}
