/* SPDX-License-Identifier: MIT */
#include "ledger/label_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

/* FNV-1a. */
static uint32_t hash_text(const void *bytes, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 16777619u;
    return hash;
}

static int append(struct names *names, struct span text)
{
    if (names->count == names->room) {
        uint32_t room = names->room ? names->room * 2 : 16;
        char **items = realloc(names->items, room * sizeof *items);
        if (items)
            names->items = items;
        uint32_t *sizes = realloc(names->sizes, room * sizeof *sizes);
        if (sizes)
            names->sizes = sizes;
        if (!items || !sizes)
            return -ENOMEM;
        names->room = room;
    }
    char *copy = malloc(text.size + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    names->items[names->count] = copy;
    names->sizes[names->count++] = (uint32_t)text.size;
    return 0;
}

/* The slot of a text: its own, or the free one where it would go. */
static uint32_t *find_slot(const struct names *names, struct span text)
{
    uint32_t at = hash_text(text.bytes, text.size);
    for (;; at++) {
        uint32_t *slot = &names->slots[at & names->mask];
        if (!*slot ||
            (names->sizes[*slot] == text.size && memcmp(names->items[*slot], text.bytes, text.size) == 0))
            return slot;
    }
}

static int grow_slots(struct names *names)
{
    uint32_t *old = names->slots, slots = names->mask ? (names->mask + 1) * 2 : SLOTS_FIRST;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh)
        return -ENOMEM;
    names->slots = fresh;
    names->mask = slots - 1;
    for (uint32_t i = NAMES_OTHER; i < names->count; i++)
        *find_slot(names, (struct span){names->items[i], names->sizes[i]}) = i;
    free(old);
    return 0;
}

int names_init(struct names *names, uint32_t limit)
{
    *names = (struct names){.limit = limit};
    if (append(names, (struct span){"", 0}) < 0 || append(names, (struct span){"other", 5}) < 0)
        return -ENOMEM;
    return grow_slots(names);
}

uint32_t names_add(struct names *names, struct span text)
{
    if (!text.bytes)
        return NAMES_NONE;
    uint32_t *slot = find_slot(names, text);
    const uint32_t known = *slot;
    if (known)
        return known;
    if (names->count >= names->limit + 2)
        return NAMES_OTHER;
    if ((names->count + 1) * 2 > names->mask + 1) {
        if (grow_slots(names) < 0) {
            names->failed = true;
            return NAMES_OTHER;
        }
        slot = find_slot(names, text);
    }
    if (append(names, text) < 0) {
        names->failed = true;
        return NAMES_OTHER;
    }
    uint32_t number = names->count - 1;
    *slot = number;
    return number;
}

void names_release(struct names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    free(names->sizes);
    free(names->slots);
    *names = (struct names){0};
}
