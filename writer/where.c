/* SPDX-License-Identifier: MIT */
#include "where.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "signature_names.h"

#define CALLERS 3

static bool is_same_function(const struct sig_frame *a, const struct sig_frame *b)
{
    return a->function && b->function && a->function_size == b->function_size &&
           memcmp(a->function, b->function, a->function_size) == 0;
}

static bool is_of_runtime(const struct sig_frame *frame)
{
    return frame->module && signature_is_runtime_module(frame->module);
}

/* Returns the length after appending, at most size - 1. */
static size_t add_name(const struct sig_frame *frame, char *out, size_t size, size_t at)
{
    int length;
    if (frame->function)
        length = snprintf(out + at, size - at, "%.*s",
                          (int)(frame->function_size < 120 ? frame->function_size : 120), frame->function);
    else
        length = snprintf(out + at, size - at, "0x%" PRIx64, frame->offset);
    at += length < 0 ? 0 : (size_t)length;
    return at < size ? at : size - 1;
}

void where_words(const struct sig_input *input, char *out, size_t size)
{
    const size_t first = signature_first_frame(input);
    size_t at = 0, callers = 0;
    out[0] = '\0';
    if (first >= input->count)
        return;
    const struct sig_frame *last = &input->frames[first];
    at = add_name(last, out, size, at);
    if (last->module) {
        int length = snprintf(out + at, size - at, " (%.80s+0x%" PRIx64 ")", last->module, last->offset);
        at += length < 0 ? 0 : (size_t)length;
        at = at < size ? at : size - 1;
    }
    for (size_t i = first + 1; i < input->count && callers < CALLERS; i++) {
        const struct sig_frame *frame = &input->frames[i];
        if (frame->is_signal_frame || is_of_runtime(frame))
            break;
        if (!frame->function || (callers && is_same_function(frame, last)))
            continue;
        const bool is_itself = is_same_function(frame, last);
        if (is_itself && (i + 1 >= input->count || !is_same_function(&input->frames[i + 1], last)))
            continue;
        int length = snprintf(out + at, size - at, "%s%s", callers++ ? ", " : ", called by ",
                              is_itself ? "itself" : "");
        at += length < 0 ? 0 : (size_t)length;
        at = at < size ? at : size - 1;
        if (!is_itself)
            at = add_name(frame, out, size, at);
        last = frame;
    }
}
