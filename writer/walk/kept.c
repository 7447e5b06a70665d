/* SPDX-License-Identifier: MIT */
#include "walk/kept.h"

#include <stdlib.h>

#include "crumple_format.h"

void kept_add(struct kept *kept, const struct unwind_registers *registers,
              const struct user_regs_struct *others)
{
    if (!kept->frames)
        kept->frames = calloc(CRUMPLE_MAX_FRAMES, sizeof *kept->frames);
    if (!kept->frames || kept->count == CRUMPLE_MAX_FRAMES)
        return;
    struct kept_frame *frame = &kept->frames[kept->count++];
    frame->registers = *registers;
    frame->has_others = others != NULL;
    if (others)
        frame->others = *others;
}

void kept_release(struct kept *kept)
{
    free(kept->frames);
    *kept = (struct kept){0};
}
