/* SPDX-License-Identifier: MIT */
#include "explain/sig_frames.h"

#include <stdlib.h>
#include <string.h>

#include "code/eh_frame.h"
#include "code/no_return.h"
#include "crash/crash.h"
#include "walk/inlines.h"
#include "walk/runtime_names.h"

#define INLINE_FRAMES 8  /* whose inlined calls are looked for */
#define INLINE_LOOK   64 /* frames in which those are looked for */
#define END_LOOK      48 /* frames whose code is read for its ends */
#define ROOTS_LOOK    64 /* threads whose first function is looked for */

static const struct place *place_at(const struct crash *crash, size_t index)
{
    return crash_place(crash, crash_frame(crash, &crash->stacks[0], index));
}

/* A part that the compiler moved away from its function begins nowhere that a call leads to. */
static bool is_entry(const struct place *place)
{
    return place->function && !memmem(place->function, place->function_size, ".cold", 5);
}

/* Whether the function of this frame can come back to its caller, by their code. */
static struct no_return ends_of(const struct crash *crash, size_t index)
{
    const struct place *place = place_at(crash, index), *caller;
    if (index >= END_LOOK || index + 1 >= crash->stacks[0].count || place->is_signal_frame)
        return (struct no_return){0};
    caller = place_at(crash, index + 1);
    if (!caller->is_return || !caller->module)
        return (struct no_return){0};
    return no_return_call(&crash->memory, caller->pc, is_entry(place) ? place->function_address : 0);
}

/* The outermost named function of the application on a stack, or NULL. */
static const struct place *root_of(const struct crash *crash, const struct stack *stack)
{
    for (size_t i = stack->count; i > 0; i--) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i - 1));
        if (place->function && place->kind == STACK_APPLICATION && !place->is_signal_frame)
            return place;
    }
    return NULL;
}

/* Functions that begin threads: start routines, and what a wrapper such as std::thread's calls first. */
struct roots {
    uint64_t functions[ROOTS_LOOK];
    size_t count;
};

static void find_roots(const struct crash *crash, struct roots *roots)
{
    const struct notes *notes = &crash->notes;
    for (size_t i = 0; i < notes->thread_count && i < ROOTS_LOOK; i++) {
        if (notes->threads[i].tid == notes->pid || crash->stacks[i].is_truncated)
            continue;
        const struct place *root = root_of(crash, &crash->stacks[i]);
        if (root)
            roots->functions[roots->count++] = root->function_address;
    }
}

static bool is_routine(const struct crash *crash, const struct roots *roots, const struct place *place)
{
    if (!place->function)
        return false;
    for (size_t i = 0; i < crash->notes.thread_count; i++)
        if (crash->notes.threads[i].routine == place->function_address)
            return true;
    for (size_t i = 0; i < roots->count; i++)
        if (roots->functions[i] == place->function_address)
            return true;
    return false;
}

static uint64_t entry_of(const struct crash *crash, const struct place *place)
{
    struct eh_procedure procedure;
    if (place->function)
        return place->function_address - place->module->view.bias;
    if (eh_frame_find(&crash->memory, place->module, place->lookup, &procedure) == 0)
        return procedure.start - place->module->view.bias;
    return place_offset(place);
}

static struct sig_frame physical_frame(const struct crash *crash, const struct roots *roots, size_t index,
                                       bool is_guess)
{
    static const char start[] = "_start";
    const struct place *place = place_at(crash, index);
    const struct no_return ends = ends_of(crash, index);
    struct sig_frame frame = {
        .function = place->function,
        .function_size = place->function_size,
        .module = place->module ? module_basename(place->module) : NULL,
        .offset = place_offset(place),
        .entry = place->module ? entry_of(crash, place) : 0,
        .build_id = place->module ? place->module->build_id : NULL,
        .is_signal_frame = place->is_signal_frame,
        .is_guess = is_guess,
        .is_routine = is_routine(crash, roots, place),
        .never_returns = ends.is_certain,
        .calls_more = ends.calls > 1,
    };
    /* The loader enters a program there, whether it has symbols or not. */
    if (!frame.function && place->module && frame.entry == place->module->view.header.e_entry) {
        frame.function = start;
        frame.function_size = sizeof start - 1;
    }
    return frame;
}

/* Frames whose inlined calls can matter to the signature: the first few of the application. */
static size_t find_inlines(const struct crash *crash, struct inlines *inlines, const struct place **places,
                           size_t most)
{
    const struct stack *stack = &crash->stacks[0];
    size_t count = 0;
    for (size_t i = 0; i < stack->count && i < INLINE_LOOK && count < most; i++) {
        const struct place *place = place_at(crash, i);
        if (place->module && !runtime_names_module(module_basename(place->module)))
            places[count++] = place;
    }
    for (size_t first = 0, end; first < count; first = end) {
        end = first;
        for (; end < count && places[end]->module == places[first]->module; end++)
            inlines[end].address = places[end]->lookup - places[end]->module->view.bias;
        inlines_find(places[first]->module, inlines + first, end - first);
    }
    return count;
}

static size_t add_inlines(const struct inlines *inlines, const struct sig_frame *physical,
                          struct sig_frame *frames)
{
    for (size_t k = 0; k < inlines->count; k++) {
        frames[k] = *physical;
        frames[k].function = inlines->names[k];
        frames[k].function_size = strlen(inlines->names[k]);
        frames[k].is_routine = false;
        frames[k].never_returns = frames[k].calls_more = inlines->is_noreturn[k];
    }
    return inlines->count;
}

struct sig_frame *sig_frames_make(const struct crash *crash, size_t *ret_count)
{
    const struct stack *stack = &crash->stacks[0];
    struct inlines inlines[INLINE_FRAMES];
    const struct place *places[INLINE_FRAMES];
    size_t inline_count = find_inlines(crash, inlines, places, INLINE_FRAMES), next = 0, count = 0;
    struct sig_frame *frames = calloc(stack->count + INLINE_FRAMES * INLINES_MAX + 1, sizeof *frames);
    struct roots roots = {0};
    bool is_guess = false;
    find_roots(crash, &roots);
    for (size_t i = 0; frames && i < stack->count; i++) {
        is_guess |= crash_frame(crash, stack, i)->trust == TRUST_SCAN;
        const struct sig_frame physical = physical_frame(crash, &roots, i, is_guess);
        if (next < inline_count && places[next] == place_at(crash, i))
            count += add_inlines(&inlines[next++], &physical, frames + count);
        frames[count++] = physical;
    }
    *ret_count = count;
    return frames;
}
