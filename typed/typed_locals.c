/* SPDX-License-Identifier: MIT */
#include "typed_locals.h"

#include <errno.h>

int typed_locals(Dwarf_Die *unit, uint64_t pc, const struct typed_frame *frame,
                 const struct typed_memory *memory, int64_t deadline_ms, typed_take_local *take,
                 void *context)
{
    (void)unit, (void)pc, (void)frame, (void)memory, (void)deadline_ms, (void)take, (void)context;
    return -ENOENT;
}
