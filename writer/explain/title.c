/* SPDX-License-Identifier: MIT */
#include "explain/title.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/abort.h"
#include "explain/after_fault.h"
#include "explain/exception.h"
#include "explain/exit.h"
#include "walk/inlines.h"
#include "walk/runtime_names.h"
#include "explain/type_name.h"
#include "explain/where.h"

#define INLINE_FRAMES 8  /* whose inlined calls are looked for */
#define INLINE_LOOK   64 /* frames in which those are looked for */

/* An uncaught exception in a thread that was to be ended for it: seen while it was thrown. */
static bool is_contained_exception(const struct crash *crash)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    return recovery->exception_type && recovery->cause && strcmp(recovery->cause, "exception") == 0;
}

static void set_uncaught(struct crash *crash)
{
    char type[CRASH_TYPE_BYTES];
    type_name(crash->notes.recovery.exception_type, type, sizeof type);
    snprintf(crash->kind_text, sizeof crash->kind_text, "exception %s", type);
    crash->is_uncaught = true;
    crash->kind = crash->kind_text;
    crash->reason = crash->notes.recovery.exception_what;
    snprintf(crash->signal.description, sizeof crash->signal.description, "an uncaught C++ exception");
}

static void set_abort(struct crash *crash)
{
    struct abort_words words;
    crash->reason = crash->notes.abort_message;
    abort_words_find(crash, &words);
    crash->kind = words.kind;
    crash->aborted_by = words.by;
    snprintf(crash->signal.description, sizeof crash->signal.description, "%s", words.cause);
    if (strcmp(crash->kind, "abort") != 0)
        return;
    const enum exception_end end = exception_end(crash);
    if (end != EXCEPTION_END_NONE && crash->notes.recovery.exception_type) {
        set_uncaught(crash);
    } else if (end == EXCEPTION_END_THROW) {
        crash->kind = "uncaught exception";
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "an uncaught C++ exception, or one thrown where none is allowed");
    } else if (end == EXCEPTION_END_TERMINATE) {
        crash->kind = "std::terminate";
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "the program called std::terminate()");
    }
}

static void set_kind(struct crash *crash)
{
    const struct signal_words *signal = &crash->signal;
    crash->kind = crash->kind_text;
    if (exit_is(crash)) {
        crash->kind = "exit";
    } else if (is_contained_exception(crash)) {
        set_uncaught(crash);
    } else if (signal->origin == SIGNAL_ABORT) {
        set_abort(crash);
    } else if (signal->origin == SIGNAL_SENT) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s sent", signal->name);
    } else if (signal->is_stack_overflow) {
        crash->kind = "stack overflow";
    } else if (signal->class == FAULT_UNLOADED) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s freed module", signal->name);
    } else if (signal->is_bad_jump) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s bad jump", signal->name);
    } else {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s", signal->name);
    }
}

static struct sig_frame physical_frame(const struct place *place)
{
    return (struct sig_frame){
        .function = place->function,
        .function_size = place->function_size,
        .module = place->module ? module_basename(place->module) : NULL,
        .offset = place_offset(place),
        .is_signal_frame = place->is_signal_frame,
    };
}

/* Frames whose inlined calls can matter to the signature: the first few of the application. */
static size_t find_inlines(const struct crash *crash, struct inlines *inlines, const struct place **places,
                           size_t most)
{
    const struct stack *stack = &crash->stacks[0];
    size_t count = 0;
    for (size_t i = 0; i < stack->count && i < INLINE_LOOK && count < most; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
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

/* The stack as the signature sees it: the calls that the compiler inlined are frames, too. */
static struct sig_frame *signature_frames(const struct crash *crash, size_t *ret_count)
{
    const struct stack *stack = &crash->stacks[0];
    struct inlines inlines[INLINE_FRAMES];
    const struct place *places[INLINE_FRAMES];
    size_t inline_count = find_inlines(crash, inlines, places, INLINE_FRAMES), next = 0, count = 0;
    struct sig_frame *frames = calloc(stack->count + INLINE_FRAMES * INLINES_MAX + 1, sizeof *frames);
    for (size_t i = 0; frames && i < stack->count; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        const struct sig_frame physical = physical_frame(place);
        if (next < inline_count && places[next] == place) {
            for (size_t k = 0; k < inlines[next].count; k++) {
                frames[count] = physical;
                frames[count].function = inlines[next].names[k];
                frames[count++].function_size = strlen(inlines[next].names[k]);
            }
            next++;
        }
        frames[count++] = physical;
    }
    *ret_count = count;
    return frames;
}

/* The message says more than the kind, or just the same. */
static void set_abort_title(struct crash *crash, const char *where)
{
    char reason[200] = "", handled[120] = "";
    exception_words(crash, handled, sizeof handled);
    if (crash->reason)
        (void)abort_words_short(crash->reason, reason, sizeof reason);
    if (strcmp(reason, crash->kind) == 0)
        reason[0] = '\0';
    snprintf(crash->title, sizeof crash->title, "%s%s%.60s%s%s%.180s%s%.100s", crash->kind,
             crash->aborted_by ? " by " : "", crash->aborted_by ? crash->aborted_by : "", where,
             reason[0] ? ": " : "", reason, handled[0] ? " while handling exception " : "", handled);
}

static void set_title(struct crash *crash, const struct sig_input *input)
{
    char where[200] = "";
    size_t first = signature_first_frame(input);
    if (first < input->count && crash->signal.origin == SIGNAL_ABORT && input->frames[first].module &&
        runtime_names_module(input->frames[first].module))
        first = input->count; /* how libc aborts says nothing; no frame of the application is there */
    if (first < input->count && input->frames[first].function)
        snprintf(where, sizeof where, " in %.*s",
                 (int)(input->frames[first].function_size < 160 ? input->frames[first].function_size : 160),
                 input->frames[first].function);
    else if (first < input->count)
        snprintf(where, sizeof where, " in %.120s+0x%llx", input->frames[first].module,
                 (unsigned long long)input->frames[first].offset);
    const struct signal_words *signal = &crash->signal;
    if (crash->is_uncaught)
        snprintf(crash->title, sizeof crash->title, "uncaught %.160s%s%.160s%s%.160s", crash->kind,
                 crash->reason ? "(\"" : "", crash->reason ? crash->reason : "", crash->reason ? "\")" : "",
                 where);
    else if (signal->origin == SIGNAL_ABORT)
        set_abort_title(crash, where);
    else if (signal->origin == SIGNAL_SENT)
        snprintf(crash->title, sizeof crash->title, "%s %s", signal->name, signal->cause);
    else
        snprintf(crash->title, sizeof crash->title, "%s%s: %s", signal->name, where, signal->cause);
}

static void set_where(struct crash *crash, const struct sig_input *input)
{
    const bool is_fault = crash->signal.origin == SIGNAL_FAULT && crash->notes.has_signal;
    char *description = crash->signal.description;
    const size_t size = sizeof crash->signal.description, used = strlen(description);
    where_words(input, is_fault, crash->where, sizeof crash->where);
    if (is_fault && !crash->signal.is_stack_overflow && where_is_allocator(input))
        snprintf(description + used, size - used,
                 "; it happened in the allocator: the heap's records are probably damaged");
}

/* A terminate handler of the application is not what is wrong. */
static bool is_termination(const struct crash *crash)
{
    return crash->signal.origin == SIGNAL_ABORT && exception_end(crash) != EXCEPTION_END_NONE;
}

/*
 * A crash handler that has printed what it knows, and aborts: what is wrong is the fault below it. Returns
 * how many of the frames are the handler's.
 */
static size_t look_below_handler(struct crash *crash, const struct sig_frame *frames, size_t count)
{
    struct after_fault fault;
    const char *kind = crash->kind;
    if (crash->signal.origin != SIGNAL_ABORT || strcmp(kind, "abort") != 0 ||
        !after_fault_find(crash, frames, count, &fault))
        return 0;
    snprintf(crash->kind_text, sizeof crash->kind_text, "abort after %s", fault.name);
    crash->kind = crash->kind_text;
    if (fault.has_address)
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "the program called abort() in its handler of a %s at address 0x%" PRIx64, fault.name,
                 fault.address);
    else
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "the program called abort() in its handler of a %s", fault.name);
    return fault.first;
}

int title_make(struct crash *crash)
{
    size_t count;
    struct sig_frame *frames = signature_frames(crash, &count);
    if (!frames)
        return -ENOMEM;
    set_kind(crash);
    size_t skipped =
        is_termination(crash) ? exception_frames(frames, count) : look_below_handler(crash, frames, count);
    struct sig_input input = {.kind = crash->kind,
                              .is_recursion = crash->signal.is_stack_overflow,
                              .frames = frames + skipped,
                              .count = count - skipped};
    if (exit_is(crash))
        exit_describe(crash, &input, frames);
    (void)signature_make(&input, crash->signature,
                         sizeof crash->signature); /* a cut signature still groups */
    if (!exit_is(crash))
        set_title(crash, &input);
    set_where(crash, &input);
    free(frames);
    return 0;
}
