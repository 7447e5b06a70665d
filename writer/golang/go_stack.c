/* SPDX-License-Identifier: MIT */
#include "golang/go_stack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golang/logged_tags.h"
#include "go_labels.h"

static uint64_t hash_of(struct go_text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void print_place(const struct crash *crash, const struct go_frame *frame,
                        struct printed_place *ret_printed)
{
    const struct go_module *module = go_build_module(&crash->go.build, go_dump_package(frame->function));
    *ret_printed = (struct printed_place){.file = frame->file.at,
                                          .file_size = (uint32_t)frame->file.size,
                                          .line = frame->line <= UINT32_MAX ? (uint32_t)frame->line : 0,
                                          .offset = frame->offset};
    if (module && !go_dump_is_runtime(frame)) {
        ret_printed->module = module->path.at;
        ret_printed->module_size = (uint32_t)module->path.size;
    }
}

/* A call in C, of which Go knows the address alone, has no name here. */
static struct place make_place(const struct go_frame *frame, const struct printed_place *printed)
{
    const bool is_c = frame->file.size == 0;
    return (struct place){
        .pc = frame->pc,
        .lookup = frame->pc,
        .is_executable = true,
        .printed = printed,
        .function = is_c ? NULL : frame->function.at,
        .function_size = is_c ? 0 : (uint32_t)frame->function.size,
        .function_address =
            hash_of(frame->function), /* equal for frames of one function: stacks are folded by it */
        .kind = go_dump_is_runtime(frame) ? STACK_RUNTIME : STACK_APPLICATION,
    };
}

/* Frames in the middle that Go left out: its own words stand for them. */
static int add_gap(struct crash *crash, const struct go_group *dying, struct stack *stack)
{
    struct printed_place *printed = &crash->go.printed[dying->frame_count];
    const struct place gap = {.is_executable = true,
                              .printed = printed,
                              .function = dying->elided.at,
                              .function_size = (uint32_t)dying->elided.size,
                              .function_address = hash_of(dying->elided),
                              .kind = STACK_RUNTIME};
    return walk_add_printed(&crash->walker, &gap, stack);
}

static int add_frames(struct crash *crash, struct stack *stack)
{
    const struct go_dump *dump = &crash->go.dump;
    const struct go_group *dying = &dump->groups[0];
    int error = 0;
    crash->go.printed = calloc(dying->frame_count + 2, sizeof *crash->go.printed);
    if (!crash->go.printed)
        return -ENOMEM;
    for (size_t i = go_dump_end_frames(dump); i < dying->frame_count && !error; i++) {
        const struct go_frame *frame = &dump->frames[dying->frame + i];
        if (dying->elided.size && i == dying->elided_at)
            error = add_gap(crash, dying, stack);
        print_place(crash, frame, &crash->go.printed[i]);
        const struct place place = make_place(frame, &crash->go.printed[i]);
        error = walk_add_printed(&crash->walker, &place, stack);
    }
    stack->is_truncated |= dying->elided.size && dying->elided_at == dying->frame_count;
    return error;
}

/* The calls in C that crumple-run has captured stand above Go's frames; not if they are of another fault than the one that Go tells. */
static int make_told(struct crash *crash)
{
    struct crash_go *go = &crash->go;
    if (go->c_stack.count && go->dump.has_pc && go->c_pc == go->dump.pc)
        go->told = go->c_stack;
    else
        go->told = (struct stack){.first = crash->walker.count};
    crash->walker.count = go->told.first + go->told.count; /* what was below the calls in C is Go's */
    const size_t of_c = go->told.count;
    int error = add_frames(crash, &go->told);
    go->stack = (struct stack){go->told.first + of_c, go->told.count - of_c, go->told.is_truncated};
    return error;
}

static int make_thread(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    struct notes_thread *thread = &crash->notes.threads[0];
    if (!crash->notes.thread_count)
        *thread = (struct notes_thread){.is_captured = true, .is_crashed = true};
    if (dump->is_runtime_stack)
        snprintf(thread->name, sizeof thread->name, "runtime");
    else
        (void)snprintf(thread->name, sizeof thread->name, "goroutine %" PRIu64, dump->groups[0].first);
    crash->notes.thread_count = 1;
    int error = make_told(crash);
    crash->stacks[0] = crash->go.told;
    return error;
}

/* A signal from outside ends the process in any goroutine. */
static int make_stack(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    const bool is_told = dump->group_count > 0 && !dump->is_sent;
    if (!notes_is_died(&crash->notes))
        return is_told ? make_told(crash) : 0;
    if (is_told)
        return make_thread(crash);
    crash->stacks[0] = (struct stack){0};
    crash->notes.thread_count = 0;
    return 0;
}

static void read_labels(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    struct go_label label;
    if (!dump->group_count || dump->is_sent || dump->is_runtime_stack)
        return;
    struct go_labels labels = go_labels_begin(dump->groups[0].labels.at, dump->groups[0].labels.size);
    while (go_labels_next(&labels, &label))
        logged_tags_add(&crash->go.labels, (struct span){label.key, strlen(label.key)},
                        (struct span){label.value, strlen(label.value)});
}

int go_stack_read(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    if (!notes->go_dump.size)
        return 0;
    int error = go_dump_read((const char *)notes->go_dump.bytes, notes->go_dump.size, &crash->go.dump);
    if (error || crash->go.dump.kind == GO_DUMP_NONE)
        return error;
    error = go_build_read((const char *)notes->go_build.bytes, notes->go_build.size, &crash->go.build);
    if (error)
        return error;
    crash->go.is_there = true;
    read_labels(crash);
    return make_stack(crash);
}

static bool is_own(const struct crash *crash, struct go_text function)
{
    return !go_dump_is_standard(function) || go_build_module(&crash->go.build, go_dump_package(function));
}

size_t go_stack_telling(const struct crash *crash, const struct go_group *group)
{
    const struct go_frame *frames = crash->go.dump.frames + group->frame;
    size_t best = group->frame_count;
    for (size_t i = 0; i < group->frame_count; i++) {
        if (go_dump_is_runtime(&frames[i]))
            continue;
        if (is_own(crash, frames[i].function))
            return i;
        best = best < group->frame_count ? best : i;
    }
    return best;
}

bool go_stack_is_own(const struct crash *crash, const struct place *place)
{
    const struct go_text function = {place->function, place->function_size};
    if (!place->printed || !place->function)
        return true;
    return place->kind != STACK_RUNTIME && is_own(crash, function);
}

struct core_span go_stack_output_before(const struct crash *crash, struct core_span text)
{
    const struct core_span dump = crash->notes.go_dump;
    const uint8_t *newline = crash->go.is_there ? memchr(dump.bytes, '\n', dump.size) : NULL, *found = NULL;
    const size_t line = newline ? (size_t)(newline - dump.bytes) : 0;
    if (!line)
        return text;
    for (size_t at = 0; at < text.size; at = (size_t)(found - text.bytes) + 1) {
        const uint8_t *next = memmem(text.bytes + at, text.size - at, dump.bytes, line);
        if (!next)
            break;
        found = next;
    }
    return found ? (struct core_span){text.bytes, (size_t)(found - text.bytes)} : text;
}
