/* SPDX-License-Identifier: MIT */
/* The registers of the faulting thread's frames, which 'crumple show --locals' needs to find variables. */
#ifndef CRUMPLE_WRITER_WALK_KEPT_H
#define CRUMPLE_WRITER_WALK_KEPT_H

#include <sys/user.h>

#include "walk/unwind.h"

struct kept_frame {
    struct unwind_registers registers;
    struct user_regs_struct others; /* the caller-saved ones */
    bool has_others;                /* of code that a signal interrupted */
};

struct kept {
    struct kept_frame *frames; /* owned */
    size_t count;
};

/** Adds the next frame, up to CRUMPLE_MAX_FRAMES; others may be NULL. Without memory for it the frames end
 * there. */
void kept_add(struct kept *kept, const struct unwind_registers *registers,
              const struct user_regs_struct *others);

void kept_release(struct kept *kept);

#endif
