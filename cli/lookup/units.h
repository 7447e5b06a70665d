/* SPDX-License-Identifier: MIT */
/*
 * The compilation unit of an address. .debug_aranges would tell, but clang writes none, and a program may be linked of
 * objects with and without it: the units' own ranges are read once for each module.
 */
#ifndef CRUMPLE_CLI_LOOKUP_UNITS_H
#define CRUMPLE_CLI_LOOKUP_UNITS_H

#include <stdbool.h>

#include <elfutils/libdw.h>

struct units;

/** Reads the ranges of all units, up to a limit. dwarf must live as long as the result. NULL: memory is
 * short. */
struct units *units_new(Dwarf *dwarf);

/** Whether no unit has code. */
bool units_is_empty(const struct units *units);

/** Takes NULL. */
void units_free(struct units *units);

/** Finds the unit that has code at the address, as dwarf counts it. Returns false if there is none. */
bool units_find(const struct units *units, Dwarf_Addr address, Dwarf_Die *ret_unit);

#endif
