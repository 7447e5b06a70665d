/* SPDX-License-Identifier: MIT */
#include "dwarf_cursor.h"

#include <dwarf.h>
#include <string.h>

uint64_t cursor_fixed(struct dwarf_cursor *cursor, size_t size)
{
    uint64_t number = 0;
    if (cursor->has_failed || (size_t)(cursor->end - cursor->at) < size) {
        cursor->has_failed = true;
        return 0;
    }
    memcpy(&number, cursor->at, size);
    cursor->at += size;
    return number;
}

uint64_t cursor_unsigned(struct dwarf_cursor *cursor)
{
    uint64_t number = 0;
    for (unsigned shift = 0; !cursor->has_failed; shift += 7) {
        if (cursor->at >= cursor->end) {
            cursor->has_failed = true;
            break;
        }
        uint8_t byte = *cursor->at++;
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return number;
    }
    return 0;
}

static void cursor_skip(struct dwarf_cursor *cursor, uint64_t size)
{
    if (cursor->has_failed || (uint64_t)(cursor->end - cursor->at) < size)
        cursor->has_failed = true;
    else
        cursor->at += size;
}

static void cursor_text(struct dwarf_cursor *cursor, struct dwarf_value *value)
{
    const uint8_t *end =
        cursor->has_failed ? NULL : memchr(cursor->at, '\0', (size_t)(cursor->end - cursor->at));
    if (!end) {
        cursor->has_failed = true;
        return;
    }
    value->text = (const char *)cursor->at;
    cursor->at = end + 1;
}

/* Size of a form of fixed size; 0 for the others. */
static size_t form_size(uint16_t form, uint16_t version, uint8_t offset_size)
{
    switch (form) {
    case DW_FORM_data1:
    case DW_FORM_flag:
    case DW_FORM_ref1:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
    case DW_FORM_ref_sup4:
        return 4;
    case DW_FORM_addr:
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
        return 8;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_sec_offset:
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return offset_size;
    case DW_FORM_ref_addr:
        return version < 3 ? 8 : offset_size;
    default:
        return 0;
    }
}

bool cursor_value(struct dwarf_cursor *cursor, uint16_t version, uint8_t offset_size,
                  struct dwarf_value *value)
{
    size_t size = form_size(value->form, version, offset_size);
    if (size) {
        value->number = cursor_fixed(cursor, size);
        return true;
    }
    switch (value->form) {
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        value->number = cursor_unsigned(cursor);
        return true;
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return true;
    case DW_FORM_string:
        cursor_text(cursor, value);
        return true;
    case DW_FORM_block1:
        cursor_skip(cursor, cursor_fixed(cursor, 1));
        return true;
    case DW_FORM_block2:
        cursor_skip(cursor, cursor_fixed(cursor, 2));
        return true;
    case DW_FORM_block4:
        cursor_skip(cursor, cursor_fixed(cursor, 4));
        return true;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        cursor_skip(cursor, cursor_unsigned(cursor));
        return true;
    case DW_FORM_data16:
        cursor_skip(cursor, 16);
        return true;
    default:
        return false;
    }
}

uint64_t dwarf_address(const struct dwarf_unit *unit, const struct dwarf_value *value)
{
    if (value->form == DW_FORM_addr)
        return value->number;
    bool is_index =
        value->form == DW_FORM_addrx || (value->form >= DW_FORM_addrx1 && value->form <= DW_FORM_addrx4);
    const struct dwarf_section *addr = &unit->dwarf->addr;
    uint64_t offset = unit->addr_base + value->number * 8;
    if (!is_index || value->number > addr->size / 8 || offset > addr->size || addr->size - offset < 8)
        return 0;
    uint64_t address;
    memcpy(&address, addr->bytes + offset, sizeof address);
    return address;
}
