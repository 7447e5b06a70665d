/* SPDX-License-Identifier: MIT */
/*
 * A stack for people: crumple's own frames are left out, those of libc and of languages' runtimes become one line
 * where they are not the point, and a recursion becomes one line after its first round.
 */
#ifndef CRUMPLE_READABLE_STACK_OUTLINE_H
#define CRUMPLE_READABLE_STACK_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

#define STACK_PERIOD_MAX 8 /* functions that call each other in turn */

enum stack_kind { STACK_APPLICATION, STACK_RUNTIME, STACK_CRUMPLE };

struct stack_frame {
    uint64_t function; /* the same for two frames of one function */
    enum stack_kind kind;
};

enum stack_part_kind {
    PART_FRAME,    /* frames[first] */
    PART_RUNTIME,  /* count frames of the runtime, in frames[first] .. frames[first + span - 1] */
    PART_RECURSION /* count frames that repeat the period frames before frames[first] */
};

struct stack_part {
    enum stack_part_kind kind;
    size_t first, span, count, period;
};

/**
 * Divides the stack of count frames into parts, which has room for count. The innermost end_frames are how the thread
 * ended the process (abort, a panic, a throw): they are folded too, while in any other stack the runtime's innermost
 * frames are shown, since they tell where a thread waits or faulted. Returns the number of parts.
 */
size_t stack_outline(const struct stack_frame *frames, size_t count, size_t end_frames,
                     struct stack_part *parts);

#endif
