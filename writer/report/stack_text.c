/* SPDX-License-Identifier: MIT */
#include "report/stack_text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "explain/exit.h"
#include "explain/manner_table.h"
#include "readable_name.h"

#define PART_NAMES 3 /* that a folded line gives */

static struct stack_frame *kinds(const struct crash *crash, const struct stack *stack)
{
    struct stack_frame *frames = calloc(stack->count + 1, sizeof *frames);
    for (size_t i = 0; frames && i < stack->count; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        frames[i].function = place->function ? place->function_address : place->pc;
        frames[i].kind = place->kind;
    }
    return frames;
}

/* A library's or a language's way to die. */
static bool is_manner(const struct place *place)
{
    char name[NAME_TITLE_BYTES];
    if (!place->function)
        return false;
    (void)name_short(place->function, place->function_size, name, sizeof name);
    return manner_row_of(name) != NULL;
}

static size_t end_frames(const struct crash *crash, const struct stack *stack,
                         const struct stack_frame *frames)
{
    const bool has_ended = crash->signal.origin == SIGNAL_ABORT || exit_is(crash) || crash->is_uncaught ||
                           crash->manner.family || crash_is_goroutine(crash);
    size_t count = 0;
    if (!has_ended || stack != &crash->stacks[0])
        return 0;
    while (count < stack->count && (frames[count].kind != STACK_APPLICATION ||
                                    is_manner(crash_place(crash, crash_frame(crash, stack, count)))))
        count++;
    return count < stack->count ? count : 0; /* else there is nothing else to see */
}

size_t stack_text_end_frames(const struct crash *crash, const struct stack *stack)
{
    struct stack_frame *frames = kinds(crash, stack);
    size_t count = frames ? end_frames(crash, stack, frames) : 0;
    free(frames);
    return count;
}

struct stack_part *stack_text_parts(const struct crash *crash, const struct stack *stack, size_t *ret_count)
{
    struct stack_frame *frames = kinds(crash, stack);
    struct stack_part *parts = calloc(stack->count + 1, sizeof *parts);
    if (frames && parts)
        *ret_count = stack_outline(frames, stack->count, end_frames(crash, stack, frames), parts);
    free(frames);
    if (frames)
        return parts;
    free(parts);
    return NULL;
}

static void add_name(const struct place *place, const char *readable, struct buffer *out)
{
    buffer_add_clean(out, readable ? readable : place->function,
                     readable ? strlen(readable) : place->function_size);
}

static void add_module(const struct place *place, struct buffer *out)
{
    const char *name = module_basename(place->module);
    buffer_add_text(out, " (");
    buffer_add_clean(out, name, strlen(name));
    if (!place->function)
        buffer_format(out, "+0x%" PRIx64, place_offset(place));
    buffer_add_char(out, ')');
}

/* " (match.go:42)" */
static void add_file(const struct printed_place *printed, struct buffer *out)
{
    const char *slash = memrchr(printed->file, '/', printed->file_size);
    const char *name = slash ? slash + 1 : printed->file;
    buffer_add_text(out, " (");
    buffer_add_clean(out, name, (size_t)(printed->file + printed->file_size - name));
    buffer_format(out, ":%" PRIu32 ")", printed->line);
}

static void add_printed(const struct place *place, struct buffer *out)
{
    if (place->function)
        add_name(place, NULL, out);
    else
        buffer_format(out, "0x%" PRIx64 " (C code)", place->pc);
    if (place->printed->file_size)
        add_file(place->printed, out);
}

static void add_frame(const struct place *place, size_t index, struct buffer *out)
{
    buffer_format(out, "#%zu ", index);
    if (place->unloaded) {
        const char *file = unloaded_basename(place->unloaded);
        buffer_add_clean(out, file, strlen(file));
        buffer_format(out, "+0x%" PRIx64 " (unloaded)", place->pc - place->unloaded->start);
        return;
    }
    if (place->printed) {
        add_printed(place, out);
        return;
    }
    if (place->is_signal_frame)
        buffer_add_text(out, "<signal handler called>");
    else if (place->function) {
        add_name(place, place->name, out);
        buffer_format(out, "+0x%" PRIx64, place->pc - place->function_address);
    } else
        buffer_format(out, "0x%" PRIx64, place->pc);
    if (place->module)
        add_module(place, out);
    else if (!place->is_executable)
        buffer_add_text(out, " (not code)");
}

static bool is_among(const struct place *const *named, size_t count, const struct place *place)
{
    for (size_t i = 0; i < count; i++)
        if (named[i]->function == place->function)
            return true;
    return false;
}

/* The names of the outermost of the frames, each once: what the application called is there. */
static void add_names(const struct crash *crash, const struct stack *stack, size_t first, size_t count,
                      const char *before, struct buffer *out)
{
    const struct place *named[PART_NAMES];
    size_t names = 0;
    bool is_cut = false;
    for (size_t i = first + count; i > first && !is_cut; i--) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i - 1));
        if (!place->function || place->kind == STACK_CRUMPLE || is_among(named, names, place))
            continue;
        is_cut = names == PART_NAMES;
        if (!is_cut)
            named[names++] = place;
    }
    if (names)
        buffer_add_text(out, before);
    if (is_cut)
        buffer_add_text(out, "..., ");
    for (; names; names--) {
        add_name(named[names - 1], named[names - 1]->short_name, out);
        buffer_add_text(out, names > 1 ? ", " : "");
    }
}

static void add_part(const struct crash *crash, const struct stack *stack, const struct stack_part *part,
                     bool has_trust, struct buffer *out)
{
    const struct frame *frame = crash_frame(crash, stack, part->first);
    if (part->kind == PART_FRAME) {
        add_frame(crash_place(crash, frame), part->first, out);
        if (has_trust && frame->trust != TRUST_CFI && frame->trust != TRUST_PRINTED && part->first)
            buffer_format(out, "  [%s]", walk_trust_name(frame->trust));
    } else if (part->kind == PART_RUNTIME) {
        buffer_format(out, "(%zu frames of the runtime", part->count);
        add_names(crash, stack, part->first, part->span, ": ", out);
        buffer_add_char(out, ')');
    } else {
        buffer_format(out, "... %zu more frames", part->count);
        add_names(crash, stack, part->first - part->period, part->period, " of ", out);
    }
}

static void begin_line(const struct stack_text *how, size_t *lines, struct buffer *out)
{
    buffer_add_text(out, (*lines)++ ? how->end : "");
    buffer_add_text(out, how->begin);
}

static bool frames_are_printed(const struct crash *crash, const struct stack *stack)
{
    return stack->count && crash_place(crash, crash_frame(crash, stack, stack->count - 1))->printed;
}

void stack_text_add(const struct crash *crash, const struct stack *stack, const struct stack_text *how,
                    struct buffer *out)
{
    size_t count, shown = 0, lines = 0, i = 0, left = 0;
    struct stack_part *parts = stack_text_parts(crash, stack, &count);
    if (!parts) {
        out->failed = true;
        return;
    }
    for (; i < count && shown < how->frames_max; i++) {
        begin_line(how, &lines, out);
        add_part(crash, stack, &parts[i], how->has_trust, out);
        shown += parts[i].kind == PART_FRAME;
    }
    for (; i < count; i++)
        left += parts[i].count;
    if (left || stack->is_truncated)
        begin_line(how, &lines, out);
    if (left)
        buffer_format(out, "... %zu more frames", left);
    else if (stack->is_truncated)
        buffer_add_text(out, frames_are_printed(crash, stack) ? "... Go left out the frames beyond"
                                                              : "... the walk stopped here: too many frames");
    buffer_add_text(out, lines ? how->end : "");
    free(parts);
}
