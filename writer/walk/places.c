/* SPDX-License-Identifier: MIT */
#include "walk/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t places_hash(uint64_t pc, bool is_return)
{
    uint64_t mixed = (pc ^ (is_return ? UINT64_C(1) << 63 : 0)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32);
}

static int places_grow(struct places *places)
{
    uint32_t capacity = places->capacity ? places->capacity * 2 : 512;
    struct place *items = realloc(places->items, capacity * sizeof *items);
    if (!items)
        return -ENOMEM;
    places->items = items;
    uint32_t slot_count = capacity * 2;
    uint32_t *slots = malloc(slot_count * sizeof *slots);
    if (!slots)
        return -ENOMEM;
    memset(slots, 0xff, slot_count * sizeof *slots);
    for (uint32_t i = 0; i < places->count; i++) {
        uint32_t slot = places_hash(items[i].pc, items[i].is_return) & (slot_count - 1);
        while (slots[slot] != PLACES_NONE)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = i;
    }
    free(places->slots);
    places->slots = slots;
    places->slot_mask = slot_count - 1;
    places->capacity = capacity;
    return 0;
}

int places_init(struct places *places)
{
    *places = (struct places){0};
    return places_grow(places);
}

void places_release(struct places *places)
{
    for (uint32_t i = 0; i < places->count; i++) {
        free(places->items[i].name);
        free(places->items[i].short_name);
    }
    free(places->items);
    free(places->slots);
    *places = (struct places){0};
}

uint32_t places_append(struct places *places, const struct place *place)
{
    if (places->count == places->capacity && places_grow(places) < 0)
        return PLACES_NONE;
    places->items[places->count] = *place;
    return places->count++;
}

uint32_t places_get(struct places *places, uint64_t pc, bool is_return, bool *ret_is_new)
{
    uint32_t slot = places_hash(pc, is_return) & places->slot_mask;
    *ret_is_new = false;
    for (; places->slots[slot] != PLACES_NONE; slot = (slot + 1) & places->slot_mask) {
        const struct place *place = &places->items[places->slots[slot]];
        if (place->pc == pc && place->is_return == is_return)
            return places->slots[slot];
    }
    if (places->count == places->capacity) {
        if (places_grow(places) < 0)
            return PLACES_NONE;
        return places_get(places, pc, is_return, ret_is_new);
    }
    *ret_is_new = true;
    places->slots[slot] = places->count;
    places->items[places->count] =
        (struct place){.pc = pc, .lookup = pc - (is_return ? 1 : 0), .is_return = is_return};
    return places->count++;
}
