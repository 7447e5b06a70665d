/* SPDX-License-Identifier: MIT */
#include "walk/c_below_go.h"

#include <string.h>

static const struct place *place_at(const struct walker *walker, const struct stack *stack, size_t index)
{
    return &walker->places.items[walker->frames[stack->first + index].place];
}

static bool begins(const struct place *place, const char *with)
{
    const size_t size = strlen(with);
    return place->function && place->function_size >= size && memcmp(place->function, with, size) == 0;
}

size_t c_below_go(const struct walker *walker, const struct stack *stack)
{
    size_t count = 0;
    for (size_t i = 0; i < stack->count; i++) {
        const struct place *place = place_at(walker, stack, i);
        if (i == 0 && !place->module && !place->is_executable) /* a jump to nowhere: its caller tells */
            continue;
        if (!place->has_information || begins(place, "runtime."))
            break;
        count = i + 1;
    }
    while (count > 1 && begins(place_at(walker, stack, count - 1), "_cgo_"))
        count--;
    return count;
}
