/* SPDX-License-Identifier: MIT */
/*
 * Walks the stacks of threads. The walk is driven frame by frame; each frame says by 'trust' how it was
 * found: call frame information first, then the code itself, the frame pointer, a bounded scan of the stack.
 */
#ifndef CRUMPLE_WRITER_WALK_WALK_H
#define CRUMPLE_WRITER_WALK_WALK_H

#include "walk/kept.h"
#include "walk/places.h"
#include "walk/unwind.h"

enum frame_trust {
    TRUST_CONTEXT = 0, /* registers of the thread or of a signal frame */
    TRUST_CFI = 1,
    TRUST_FP = 2,
    TRUST_SCAN = 3,
    TRUST_CALL = 4,    /* popped after a jump to an address that holds no code */
    TRUST_LEAF = 5,    /* a direct call of the innermost frame's very code, found on the stack */
    TRUST_PRINTED = 6, /* the program's runtime has printed it */
    TRUST_CODE = 7     /* the code itself, followed to its return or from its beginning */
};

struct frame {
    uint64_t sp;
    uint32_t place; /* index in places */
    uint8_t trust;  /* enum frame_trust */
};

/* The frames of one thread: frames[first] .. frames[first + count - 1], innermost first. */
struct stack {
    size_t first, count;
    bool is_truncated; /* more frames than a report holds */
};

struct walker {
    const struct memory *memory;
    struct unwinder unwinder;
    struct places places;
    struct kept kept;     /* of the first stack that was walked */
    struct frame *frames; /* owned */
    size_t count, capacity;
};

/** Prepares walker. Returns 0 or -ENOMEM. */
int walk_init(struct walker *walker, const struct memory *memory);

void walk_release(struct walker *walker);

/** Walks the stack that begins at registers. Returns 0 or -ENOMEM. */
int walk_thread(struct walker *walker, const struct user_regs_struct *registers, struct stack *ret_stack);

/** Takes the innermost frame alone, without looking at the stack. Returns 0 or -ENOMEM. */
int walk_innermost(struct walker *walker, const struct user_regs_struct *registers, struct stack *ret_stack);

/** Adds a frame that was printed behind those of ret_stack, which was the last to grow. Returns 0 or -ENOMEM. */
int walk_add_printed(struct walker *walker, const struct place *place, struct stack *stack);

/** Name of trust as it stands in reports. */
const char *walk_trust_name(uint8_t trust);

#endif
