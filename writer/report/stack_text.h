/* SPDX-License-Identifier: MIT */
/* Stacks for people: on stderr and in report.txt. */
#ifndef CRUMPLE_WRITER_REPORT_STACK_TEXT_H
#define CRUMPLE_WRITER_REPORT_STACK_TEXT_H

#include "base/buffer.h"
#include "crash/crash.h"
#include "stack_outline.h"

struct stack_text {
    const char *begin, *end; /* of each line */
    size_t frames_max;       /* that are shown, but for folded ones */
    bool has_trust;          /* says how a frame was found */
};

/** Appends the stack, folded as stack_outline.h says; on lack of memory out->failed is set. */
void stack_text_add(const struct crash *crash, const struct stack *stack, const struct stack_text *how,
                    struct buffer *out);

/** The parts of the stack that people see. The caller frees the result; NULL: memory is short. */
struct stack_part *stack_text_parts(const struct crash *crash, const struct stack *stack, size_t *ret_count);

/** How many of the stack's innermost frames ended the process, and say nothing else: those of abort(), a throw, exit(). */
size_t stack_text_end_frames(const struct crash *crash, const struct stack *stack);

#endif
