/* SPDX-License-Identifier: MIT */
/* Reading numbers and values of DWARF forms, with bounds. */
#ifndef CRUMPLE_WRITER_DWARF_CURSOR_H
#define CRUMPLE_WRITER_DWARF_CURSOR_H

#include "dwarf_info.h"

/** A little-endian number of size (1 to 8) bytes. */
uint64_t cursor_fixed(struct dwarf_cursor *cursor, size_t size);

/** ULEB128. Of a signed one the value is wrong, its length right. */
uint64_t cursor_unsigned(struct dwarf_cursor *cursor);

/** Reads or skips what value->form stands for. Returns false for an unknown form. */
bool cursor_value(struct dwarf_cursor *cursor, uint16_t version, uint8_t offset_size,
                  struct dwarf_value *value);

/** The address value stands for: itself, or an entry of .debug_addr. 0 if it is none. */
uint64_t dwarf_address(const struct dwarf_unit *unit, const struct dwarf_value *value);

#endif
