/* SPDX-License-Identifier: MIT */
#include "stack_outline.h"

#include <stdbool.h>

#define RECURSION_ROUNDS 3 /* that make one */
#define RECURSION_HIDDEN 3 /* frames that are worth a line of their own */

struct outline {
    const struct stack_frame *frames;
    size_t end_frames;
    bool has_application; /* a frame of it has come */
    bool is_all_runtime;
    struct stack_part *parts;
    size_t count;
};

static void add(struct outline *outline, struct stack_part part)
{
    outline->parts[outline->count++] = part;
}

/* Frames first .. end - 1 belong to the runtime, or to crumple. */
static void add_runtime(struct outline *outline, size_t first, size_t end)
{
    const bool is_shown = outline->is_all_runtime || (!outline->has_application && outline->end_frames == 0);
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        count += outline->frames[i].kind != STACK_CRUMPLE;
    if (count > 1 && !is_shown) {
        add(outline,
            (struct stack_part){.kind = PART_RUNTIME, .first = first, .span = end - first, .count = count});
        return;
    }
    for (size_t i = first; i < end; i++)
        /* crumple's own only where the fault is */
        if (outline->frames[i].kind != STACK_CRUMPLE || (i == 0 && outline->end_frames == 0))
            add(outline, (struct stack_part){.kind = PART_FRAME, .first = i, .count = 1});
}

static void add_plain(struct outline *outline, size_t first, size_t end)
{
    while (first < end) {
        size_t next = first;
        while (next < end && (next < outline->end_frames || outline->frames[next].kind != STACK_APPLICATION))
            next++;
        if (next > first) {
            add_runtime(outline, first, next);
        } else {
            add(outline, (struct stack_part){.kind = PART_FRAME, .first = next++, .count = 1});
            outline->has_application = true;
        }
        first = next;
    }
}

/* Returns how many frames from 'first' on repeat the period of a recursion, or 0. */
static size_t recursion(const struct stack_frame *frames, size_t count, size_t first, size_t *ret_period)
{
    size_t best = 0;
    for (size_t period = 1; period <= STACK_PERIOD_MAX; period++) {
        size_t at = first;
        while (at + period < count && frames[at].function == frames[at + period].function)
            at++;
        const size_t hidden = at - first;
        if (hidden > best && hidden >= RECURSION_HIDDEN && hidden >= (RECURSION_ROUNDS - 1) * period) {
            best = hidden;
            *ret_period = period;
        }
    }
    return best;
}

size_t stack_outline(const struct stack_frame *frames, size_t count, size_t end_frames,
                     struct stack_part *parts)
{
    struct outline outline = {
        .frames = frames, .end_frames = end_frames < count ? end_frames : 0, .parts = parts};
    size_t plain = 0, at = outline.end_frames, period = 0;
    outline.is_all_runtime = true;
    for (size_t i = 0; i < count; i++)
        outline.is_all_runtime &= frames[i].kind != STACK_APPLICATION;
    while (at < count) {
        const size_t hidden = recursion(frames, count, at, &period);
        if (hidden == 0) {
            at++;
            continue;
        }
        add_plain(&outline, plain, at + period);
        add(&outline, (struct stack_part){PART_RECURSION, at + period, hidden, hidden, period});
        plain = at += period + hidden;
    }
    add_plain(&outline, plain, count);
    return outline.count;
}
