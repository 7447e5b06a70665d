/* SPDX-License-Identifier: MIT */
/* Executed instructions: see steps.h. */
#include <stdlib.h>

#include "sites/random.h"
#include "sites/steps.h"

/* The set of steps is a hash set with open addressing. */
struct drill_steps {
    struct drill_step *slots; /* pc 0: free */
    size_t room, count;       /* room is a power of two */
};

struct drill_steps *drill_steps_new(void)
{
    struct drill_steps *steps = calloc(1, sizeof *steps);

    if (steps) {
        steps->room = 1 << 14;
        steps->slots = calloc(steps->room, sizeof *steps->slots);
    }
    if (steps && !steps->slots) {
        free(steps);
        return NULL;
    }
    return steps;
}

/* The slot that holds the element, or the free one where it belongs. */
static struct drill_step *find_slot(struct drill_step *slots, size_t room, uint64_t pc, uint32_t routine)
{
    uint64_t state = pc * 64 + routine;
    size_t i = drill_random(&state) & (room - 1);

    while (slots[i].pc != 0 && (slots[i].pc != pc || slots[i].routine != routine))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static bool grow(struct drill_steps *steps)
{
    size_t room = steps->room * 2;
    struct drill_step *slots = calloc(room, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < steps->room; i++)
        if (steps->slots[i].pc != 0)
            *find_slot(slots, room, steps->slots[i].pc, steps->slots[i].routine) = steps->slots[i];
    free(steps->slots);
    steps->slots = slots;
    steps->room = room;
    return true;
}

bool drill_steps_add(struct drill_steps *steps, uint64_t pc, uint32_t routine)
{
    struct drill_step *slot = find_slot(steps->slots, steps->room, pc, routine);

    if (slot->pc != 0 || pc == 0)
        return false;
    if (steps->count * 2 >= steps->room) {
        if (!grow(steps))
            return false;
        slot = find_slot(steps->slots, steps->room, pc, routine);
    }
    *slot = (struct drill_step){pc, routine};
    steps->count++;
    return true;
}

bool drill_steps_next(const struct drill_steps *steps, size_t *at, struct drill_step *ret_step)
{
    while (*at < steps->room && steps->slots[*at].pc == 0)
        (*at)++;
    if (*at == steps->room)
        return false;
    *ret_step = steps->slots[(*at)++];
    return true;
}
