/* SPDX-License-Identifier: MIT */
#include "explain/where.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "readable_name.h"
#include "walk/frame_class.h"
#include "walk/runtime_names.h"

#define CALLERS 3

static bool is_same_function(const struct sig_frame *a, const struct sig_frame *b)
{
    return a->function && b->function && a->function_size == b->function_size &&
           memcmp(a->function, b->function, a->function_size) == 0;
}

static bool is_of_runtime(const struct sig_frame *frame)
{
    return frame->module && runtime_names_module(frame->module);
}

/* Text of a fixed size; what does not fit is cut. */
struct line {
    char *out;
    size_t size, at;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line->out + line->at, line->size - line->at, format, arguments);
    va_end(arguments);
    line->at += length < 0 ? 0 : (size_t)length;
    line->at = line->at < line->size ? line->at : line->size - 1;
}

static void add_name(const struct sig_frame *frame, struct line *line)
{
    char name[120]; /* a line holds five of them */
    if (frame->function)
        (void)name_readable(frame->function, frame->function_size, name, sizeof name);
    if (frame->function)
        add(line, "%s", name);
    else
        add(line, "0x%" PRIx64, frame->offset);
}

/* The handler has interrupted the frames from 'at' on. */
static void add_interrupted(const struct sig_input *input, size_t at, struct line *line)
{
    for (; at < input->count; at++)
        if (input->frames[at].function && !is_of_runtime(&input->frames[at])) {
            add(line, "; this is a signal handler that interrupted ");
            add_name(&input->frames[at], line);
            return;
        }
}

static void add_callers(const struct sig_input *input, size_t first, struct line *line)
{
    const struct sig_frame *last = &input->frames[first];
    size_t callers = 0;
    for (size_t i = first + 1; i < input->count; i++) {
        const struct sig_frame *frame = &input->frames[i];
        if (frame->is_signal_frame) {
            add_interrupted(input, i + 1, line);
            return;
        }
        if (is_of_runtime(frame) || frame->is_guess || callers == CALLERS)
            return;
        const bool is_itself = is_same_function(frame, last);
        /* Once more may be an inlined part of it; twice is a recursion. */
        if (!frame->function || (is_itself && (callers || i + 1 >= input->count ||
                                               !is_same_function(&input->frames[i + 1], last))))
            continue;
        add(line, "%s", callers++ ? ", " : ", called by ");
        if (is_itself)
            add(line, "itself");
        else
            add_name(frame, line);
        last = frame;
    }
}

void where_words(const struct sig_input *input, bool is_fault, char *out, size_t size)
{
    const size_t first = signature_first_frame(input);
    struct line line = {out, size, 0};
    out[0] = '\0';
    if (first >= input->count) {
        if (input->program)
            add(&line, "unknown in %.80s: no frame of the stack is certain", input->program);
        return;
    }
    const struct sig_frame *frame = &input->frames[first], *innermost = &input->frames[0];
    add_name(frame, &line);
    if (is_of_runtime(frame)) {
        add(&line, " (%.80s); the stack has no frame of the program itself", frame->module);
        return;
    }
    if (frame->module)
        add(&line, " (%.80s+0x%" PRIx64 ")", frame->module, frame->offset);
    add_callers(input, first, &line);
    if (is_fault && first && is_of_runtime(innermost) && innermost->function) {
        add(&line, "; in ");
        add_name(innermost, &line);
        add(&line, " of %.80s", innermost->module);
    }
}

bool where_is_allocator(const struct sig_input *input)
{
    const size_t first = signature_first_frame(input);
    for (size_t i = 0; i < first && i < input->count; i++) {
        const struct sig_frame *frame = &input->frames[i];
        char plain[160];
        if (!frame->function || !is_of_runtime(frame))
            continue;
        frame_plain_name(frame->function, frame->function_size, plain, sizeof plain);
        const char *refusal = frame_libc_refusal(plain);
        if (frame_is_allocator(plain) || (refusal && strcmp(refusal, REASON_ALLOCATOR) == 0))
            return true;
    }
    return false;
}
