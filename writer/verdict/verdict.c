/* SPDX-License-Identifier: MIT */
#include "verdict/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/crash.h"
#include "core/elf_view.h"
#include "code/cfa.h"
#include "code/eh_frame.h"
#include "code/imports.h"
#include "verdict/landing.h"

bool verdict_is_asked(const struct crash *crash)
{
    const char *action = crash->notes.recovery.action;
    return strcmp(crash->notes.event, "contained") == 0 && action &&
           (strcmp(action, "contain") == 0 || strcmp(action, "restart") == 0);
}

/* Go's runtime owns its threads and signals, in whatever object it is; these survive stripping. */
static bool has_go(const struct modules *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        const struct module *module = &modules->items[i];
        struct elf_sections sections;
        size_t size;
        if (module->image && elf_sections_open(module->image, module->image_size, &sections) &&
            (elf_sections_named(&sections, ".note.go.buildid", &size) ||
             elf_sections_named(&sections, ".gopclntab", &size)))
            return true;
    }
    return false;
}

static enum verdict_cause cause_of(const struct crash *crash)
{
    const char *cause = crash->notes.recovery.cause;
    if (cause && strcmp(cause, "abort") == 0)
        return VERDICT_ABORT;
    return cause && strcmp(cause, "exception") == 0 ? VERDICT_EXCEPTION : VERDICT_FAULT;
}

static enum frame_class class_of(const struct crash *crash, size_t index)
{
    const struct place *place = crash_place(crash, crash_frame(crash, &crash->stacks[0], index));
    if (place->module)
        return frame_class_of(module_basename(place->module));
    return place->is_executable ? FRAME_APPLICATION : FRAME_NOWHERE;
}

/*
 * The frames inside of the recovery frame: that one's part of the stack holds the address that the process
 * told. What crumple keeps between it and the application does not count. Returns 0 if the walk did not get
 * there: then who knows what else is on the stack.
 */
static size_t count_inner(const struct crash *crash)
{
    const struct stack *stack = &crash->stacks[0];
    const uint64_t frame = crash->notes.recovery.frame;
    size_t count = 0;
    while (count < stack->count) {
        bool is_last = count + 1 == stack->count;
        uint64_t end = is_last ? 0 : crash_frame(crash, stack, count + 1)->sp;
        if (is_last ? crash_frame(crash, stack, count)->sp >= frame : end > frame)
            break;
        count++;
    }
    if (!frame || count == stack->count)
        return 0;
    bool is_ours = class_of(crash, count) == FRAME_CRUMPLE;
    for (; count && class_of(crash, count - 1) == FRAME_CRUMPLE; count--)
        is_ours = true;
    return is_ours ? count : 0;
}

static void copy_name(char *out, const char *name, size_t size)
{
    snprintf(out, VERDICT_NAME, "%.*s", (int)(size < VERDICT_NAME ? size : VERDICT_NAME - 1), name);
}

/* What the call that ends at caller's pc led to, where the frame inside of it is at place. */
static bool find_called(const struct crash *crash, const struct place *caller, const struct place *place,
                        struct import_name *ret_name)
{
    struct eh_procedure inner;
    uint64_t target;
    if (imports_called(&crash->memory, caller->pc, ret_name, &target))
        return true;
    if (!target || !place->module || place->function_address == target)
        return false;
    if (eh_frame_find(&crash->memory, place->module, place->lookup, &inner) == 0 && inner.start == target)
        return false; /* an ordinary call of an ordinary function */
    return imports_tail_called(&crash->memory, target, ret_name);
}

static void fill_frame(const struct crash *crash, size_t index, struct verdict_frame *frame)
{
    const struct stack *stack = &crash->stacks[0];
    const struct frame *walked = crash_frame(crash, stack, index);
    const struct place *place = crash_place(crash, walked);
    struct import_name called = {0};
    *frame = (struct verdict_frame){
        .class = (uint8_t)class_of(crash, index),
        .trust = walked->trust,
        .is_signal_frame = place->is_signal_frame,
        .stops_unwinder =
            place->module && (place->module->made_table || cfa_is_by_scratch(place->module, place->lookup))};
    if (place->function)
        copy_name(frame->name, place->function, place->function_size);
    if (index + 1 == stack->count)
        return;
    const struct place *caller = crash_place(crash, crash_frame(crash, stack, index + 1));
    if (caller->is_return && find_called(crash, caller, place, &called))
        copy_name(frame->called, called.text, called.size);
}

/* Whether the unwinder of the process gets there, too: it has no other means than call frame information, and no
 * registers but those that calls keep. */
static bool is_unwindable(const struct verdict_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (frames[i].trust == TRUST_FP || frames[i].trust == TRUST_CODE || frames[i].stops_unwinder)
            return false;
    return true;
}

/* A routine begins again by a jump to its beginning, a guard is left by one. */
static bool is_left_by_jump(const struct crash *crash)
{
    return crash->notes.recovery.guard || strcmp(crash->notes.recovery.action, "restart") == 0;
}

/* musl's pthread_exit runs the handlers of pthread_cleanup_push, which are on a list, and unwinds nothing. */
static bool ends_by_list(const struct crash *crash, enum verdict_cause cause)
{
    return crash->modules.has_musl && cause != VERDICT_EXCEPTION && !is_left_by_jump(crash);
}

int verdict_make(struct crash *crash, struct verdict *ret_verdict)
{
    struct verdict verdict = {.how = VERDICT_UNWIND, .by_list = ends_by_list(crash, cause_of(crash))};
    const size_t count = count_inner(crash);
    const enum verdict_cause cause = cause_of(crash);
    bool must_unwind = false, must_jump = false;
    struct verdict_frame *frames = calloc(count + 1, sizeof *frames);
    if (!frames)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        fill_frame(crash, i, &frames[i]);
    if (has_go(&crash->modules))
        verdict.refusal = REASON_GO;
    else if (!count)
        verdict.refusal = crash->stacks[0].is_truncated ? REASON_DEEP : REASON_WALK;
    else
        verdict.refusal = verdict_judge(cause, frames, count, &must_unwind, &must_jump);
    if (!verdict.refusal && (must_jump || !is_unwindable(frames, count)))
        verdict.how = VERDICT_JUMP;
    if (!verdict.refusal)
        verdict.refusal = landing_find(crash, count, !verdict.by_list, &verdict.how);
    /* The exception's own way: its handlers are looked for first, and there were none. The list needs no tables. */
    if (verdict.by_list || (cause == VERDICT_EXCEPTION && verdict.how == VERDICT_JUMP))
        verdict.how = VERDICT_UNWIND;
    if (!verdict.refusal && must_unwind)
        verdict.refusal = verdict.how == VERDICT_JUMP || is_left_by_jump(crash) ? REASON_LIBC : NULL;
    if (!verdict.refusal && must_unwind)
        verdict.how = VERDICT_UNWIND_ONLY;
    if (crash->notes.recovery.guard)
        verdict.how = VERDICT_JUMP;
    free(frames);
    *ret_verdict = verdict;
    return 0;
}
