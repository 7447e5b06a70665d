/* SPDX-License-Identifier: MIT */
/* Where a variable is at a pc. */
#ifndef CRUMPLE_TYPED_TYPED_PLACE_H
#define CRUMPLE_TYPED_TYPED_PLACE_H

#include "typed_expression.h"

/** Fills in the frame base of a function (DW_TAG_subprogram) at pc, or why it is unknown. */
void typed_place_base(Dwarf_Die *function, uint64_t pc, struct typed_scene *scene);

/** Finds a variable or parameter at pc: its constant, or what its location comes to. As typed_evaluate. */
const char *typed_place_of(Dwarf_Die *variable, uint64_t pc, const struct typed_scene *scene,
                           struct typed_location *ret);

/** The number of elements of an array of variable length, whose bound is an expression or another variable.
 * 0: unknown. */
uint64_t typed_place_elements(Dwarf_Die *array, uint64_t pc, const struct typed_scene *scene);

#endif
