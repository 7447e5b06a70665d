/* SPDX-License-Identifier: MIT */
#include "watch/watch_memory.h"

#include <errno.h>
#include <stdlib.h>

#include "crumple_peek.h"

static bool is_in_core(struct watch_memory *memory, const struct peek_item *item)
{
    return core_read(&memory->crash->core, item->address, item->bytes, item->size) == item->size;
}

/* Asks the process for the items that have an error. */
static void ask(struct watch_memory *memory, struct peek_item *items, size_t count)
{
    struct peek_item *wanted = malloc((count + 1) * sizeof *wanted);
    size_t wanted_count = 0;
    if (!wanted)
        return;
    for (size_t i = 0; i < count; i++)
        if (items[i].error)
            wanted[wanted_count++] = items[i];
    if (wanted_count)
        peek_read(memory->peek, wanted, wanted_count);
    for (size_t i = 0, j = 0; i < count; i++)
        if (items[i].error) {
            items[i].error = wanted[j++].error;
            memory->has_peeked |= items[i].error == 0;
        }
    free(wanted);
}

void watch_memory_read(struct watch_memory *memory, struct peek_item *items, size_t count)
{
    const bool core_first = !memory->prefers_process;
    for (size_t i = 0; i < count; i++)
        items[i].error = core_first && is_in_core(memory, &items[i]) ? 0 : -ENODATA;
    ask(memory, items, count);
    for (size_t i = 0; i < count; i++) {
        struct peek_item *item = &items[i];
        if (item->error == -ENODATA || item->error == -ETIMEDOUT)
            if (memory_read(&memory->crash->memory, item->address, item->bytes, item->size))
                item->error = 0;
    }
}

bool watch_memory_get(struct watch_memory *memory, uint64_t address, void *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        const size_t left = size - at, some = left < CRUMPLE_PEEK_SIZE_MAX ? left : CRUMPLE_PEEK_SIZE_MAX;
        struct peek_item item = {
            .address = address + at, .bytes = (uint8_t *)bytes + at, .size = (uint32_t)some};
        watch_memory_read(memory, &item, 1);
        if (item.error)
            return false;
        at += some;
    }
    return true;
}

static bool read_typed(void *context, uint64_t address, void *bytes, size_t size)
{
    return watch_memory_get(context, address, bytes, size);
}

struct typed_memory watch_memory_typed(struct watch_memory *memory)
{
    return (struct typed_memory){.read = read_typed, .context = memory};
}
