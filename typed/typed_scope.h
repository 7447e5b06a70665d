/* SPDX-License-Identifier: MIT */
/* The scopes around a pc. libdw's dwarf_getscopes() does not look into namespaces, where clang puts functions. */
#ifndef CRUMPLE_TYPED_TYPED_SCOPE_H
#define CRUMPLE_TYPED_TYPED_SCOPE_H

#include <stddef.h>

#include <elfutils/libdw.h>

#define TYPED_SCOPES_MAX 64

/**
 * Finds the blocks and inlined functions of a compilation unit that have pc, innermost first, and last the function that they belong to
 * (DW_TAG_subprogram). Returns their number; 0: no function there is known. Of more than TYPED_SCOPES_MAX the
 * innermost are left out.
 */
size_t typed_scopes(Dwarf_Die *unit, Dwarf_Addr pc, Dwarf_Die ret_scopes[TYPED_SCOPES_MAX]);

#endif
