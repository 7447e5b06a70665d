/* SPDX-License-Identifier: MIT */
#include "explain/sig_frames.h"

#include <stdlib.h>
#include <string.h>

#include "code/eh_frame.h"
#include "code/fingerprint.h"
#include "code/no_return.h"
#include "code/start.h"
#include "crash/crash.h"
#include "walk/inlines.h"
#include "walk/runtime_names.h"

#define INLINE_FRAMES 8  /* whose inlined calls are looked for */
#define INLINE_LOOK   64 /* frames in which those are looked for */
#define END_LOOK      48 /* frames whose code is read for its ends */
#define ROOTS_LOOK    64 /* threads whose first function is looked for */
#define PRINTS_MAX    16 /* functions without a name that are known by what they do */

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

/* Where the function begins, as an offset in its module. */
static uint64_t entry_of(const struct crash *crash, const struct place *place)
{
    struct eh_procedure procedure;
    if (place->function)
        return place->function_address - place->module->view.bias;
    if (eh_frame_find(&crash->memory, place->module, place->lookup, &procedure) == 0)
        return procedure.start - place->module->view.bias;
    return place_offset(place);
}

/* The outermost frame of the application on a stack, or NULL. */
static const struct place *root_of(const struct crash *crash, const struct stack *stack)
{
    for (size_t i = stack->count; i > 0; i--) {
        const struct frame *frame = crash_frame(crash, stack, i - 1);
        const struct place *place = crash_place(crash, frame);
        if (place->module && place->kind == STACK_APPLICATION && !place->is_signal_frame)
            return frame->trust == TRUST_SCAN ? NULL : place;
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
            roots->functions[roots->count++] = entry_of(crash, root) + root->module->view.bias;
    }
}

/* function: its address. */
static bool is_routine(const struct crash *crash, const struct roots *roots, uint64_t function)
{
    for (size_t i = 0; i < crash->notes.thread_count; i++)
        if (crash->notes.threads[i].routine == function)
            return true;
    for (size_t i = 0; i < roots->count; i++)
        if (roots->functions[i] == function)
            return true;
    return false;
}

/* What is known of the functions without a name, each looked at once: a recursion has many frames of one. */
struct prints {
    uint64_t entries[PRINTS_MAX];
    uint32_t fingerprints[PRINTS_MAX];
    size_t count;
};

static uint32_t fingerprint_at(const struct crash *crash, struct prints *prints, const struct place *place,
                               uint64_t entry)
{
    const uint64_t address = entry + place->module->view.bias;
    for (size_t i = 0; i < prints->count; i++)
        if (prints->entries[i] == address)
            return prints->fingerprints[i];
    if (prints->count == PRINTS_MAX)
        return 0;
    prints->entries[prints->count] = address;
    return prints->fingerprints[prints->count++] = fingerprint_of(&crash->memory, address);
}

/* The loader enters a program at _start, which hands main on, whether they have symbols or not. */
static void name_by_role(const struct crash *crash, const struct place *place, struct sig_frame *frame)
{
    const struct module *module = place->module;
    const uint64_t bias = module->view.bias;
    static const char start[] = "_start";
    if (frame->entry == module->view.header.e_entry ||
        (!place->has_information && start_leads(&crash->memory, module, place->pc))) {
        frame->function = start;
        frame->function_size = sizeof start - 1;
    }
    frame->is_main = frame->entry + bias == start_main(&crash->memory, module);
}

static struct sig_frame physical_frame(const struct crash *crash, const struct roots *roots, size_t index,
                                       bool is_guess)
{
    const struct place *place = place_at(crash, index);
    const struct no_return ends = ends_of(crash, index);
    const uint64_t entry = place->module ? entry_of(crash, place) : 0;
    struct sig_frame frame = {
        .function = place->function,
        .function_size = place->function_size,
        .module = place->module ? module_basename(place->module) : NULL,
        .offset = place_offset(place),
        .entry = entry,
        .build_id = place->module ? place->module->build_id : NULL,
        .is_signal_frame = place->is_signal_frame,
        .is_guess = is_guess,
        .is_routine = place->module && is_routine(crash, roots, entry + place->module->view.bias),
        .never_returns = ends.is_certain,
        .calls_more = ends.calls > 1,
    };
    if (!frame.function && place->module)
        name_by_role(crash, place, &frame);
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
    struct prints prints = {0};
    bool is_guess = false;
    find_roots(crash, &roots);
    for (size_t i = 0; frames && i < stack->count; i++) {
        is_guess |= crash_frame(crash, stack, i)->trust == TRUST_SCAN;
        struct sig_frame physical = physical_frame(crash, &roots, i, is_guess);
        if (!physical.function && !physical.is_main && signature_counts(&physical))
            physical.fingerprint = fingerprint_at(crash, &prints, place_at(crash, i), physical.entry);
        if (next < inline_count && places[next] == place_at(crash, i))
            count += add_inlines(&inlines[next++], &physical, frames + count);
        frames[count++] = physical;
    }
    *ret_count = count;
    return frames;
}
