/* SPDX-License-Identifier: MIT */
#include "report/routine_json.h"

#include <stdio.h>

#include "base/json.h"
#include "code/eh_frame.h"

static void write_name(const char *key, const struct place *place, uint64_t offset, struct buffer *out)
{
    char text[300];
    if (place && !place->function)
        snprintf(text, sizeof text, "%.240s%s0x%llx", place->module ? module_basename(place->module) : "",
                 place->module ? "+" : "", (unsigned long long)offset);
    if (!place)
        json_null(out, key);
    else if (place->function)
        json_bytes(out, key, place->function, place->function_size);
    else
        json_string(out, key, text);
}

/* True if a frame is in the function that begins at this address. */
static bool is_in(const struct crash *crash, const struct place *place, uint64_t function)
{
    struct eh_procedure procedure;
    if (!place->module || !function)
        return false;
    return place->function_address == function ||
           (eh_frame_find(&crash->memory, place->module, place->lookup, &procedure) == 0 &&
            procedure.start == function);
}

/* What the routine has called: for a wrapper (std::thread's, GLib's, a server's own) that is what the thread is for. */
static const struct place *find_callable(const struct crash *crash, size_t index, uint64_t routine)
{
    const struct stack *stack = &crash->stacks[index];
    for (size_t i = stack->count; i > 1; i--) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i - 1));
        if (is_in(crash, place, routine))
            return crash_place(crash, crash_frame(crash, stack, i - 2));
    }
    return NULL;
}

void routine_json_name(const struct place *place, struct buffer *out)
{
    write_name("routine", place, place ? place_offset(place) : 0, out);
}

/* What a wrapper has called is seen in its stack; other routines are what they are. */
const struct place *routine_find(const struct crash *crash, size_t index)
{
    const uint32_t number = crash->routine_places[index];
    const struct place *place = number == PLACES_NONE ? NULL : &crash->walker.places.items[number];
    const struct place *callable = NULL;
    if (place && place->kind != STACK_APPLICATION)
        callable = find_callable(crash, index, crash->notes.threads[index].routine);
    return callable && callable->function ? callable : place;
}

void routine_json(const struct crash *crash, size_t index, struct buffer *out)
{
    uint32_t number = crash->routine_places[index];
    const struct place *place = number == PLACES_NONE ? NULL : &crash->walker.places.items[number];
    const struct place *callable =
        place ? find_callable(crash, index, crash->notes.threads[index].routine) : NULL;
    struct eh_procedure procedure = {0};
    if (callable && (!callable->module ||
                     eh_frame_find(&crash->memory, callable->module, callable->lookup, &procedure) < 0))
        procedure.start = callable->lookup;
    write_name("routine", place, place ? place_offset(place) : 0, out);
    write_name("callable", callable,
               callable && callable->module ? procedure.start - callable->module->view.bias : procedure.start,
               out);
}
