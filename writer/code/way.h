/* SPDX-License-Identifier: MIT */
/*
 * Follows the code of a function where no table describes it: from an address on to its returns, or from its
 * beginning to an address. Both branches of a condition are tried, calls come back.
 */
#ifndef CRUMPLE_WRITER_CODE_WAY_H
#define CRUMPLE_WRITER_CODE_WAY_H

#include "code/machine.h"

struct way {
    const struct memory *memory;
    uint64_t from;
    uint64_t goal; /* 0: a return, or a jump that leaves the function */
    uint64_t start,
        end; /* of the function, or 0: not known. A way to a goal stays inside, none runs over the end */
    /** Whether the machine may have arrived so; else the next way is tried. */
    bool (*accept)(void *context, const struct machine *machine);
    void *context;
};

/** Goes the ways until one is accepted. machine: the state at 'from', then there. Returns whether there is one. */
bool way_go(const struct way *way, struct machine *machine);

/** Whether a way leads from start to pc: then pc may be in the function that starts there. */
bool way_leads(const struct memory *memory, uint64_t start, uint64_t pc);

#endif
