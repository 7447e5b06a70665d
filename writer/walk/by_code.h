/* SPDX-License-Identifier: MIT */
/* One step out of code without call frame information, found by following the code itself (code/way.h). */
#ifndef CRUMPLE_WRITER_WALK_BY_CODE_H
#define CRUMPLE_WRITER_WALK_BY_CODE_H

#include "walk/places.h"
#include "walk/unwind.h"

/** Finds the function around a new place in a module, if it has a symbol: place->code_start, place->code_end. */
void by_code_prepare(const struct memory *memory, struct place *place);

/**
 * Changes registers, those of a frame at place, to its caller's. Returns false where the code does not say where the
 * return address is, or what is there follows no call. May find place->code_start.
 */
bool by_code_step(const struct memory *memory, struct place *place, struct unwind_registers *registers);

#endif
