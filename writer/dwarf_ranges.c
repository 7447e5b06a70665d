/* SPDX-License-Identifier: MIT */
/* The code of an entry: one stretch, or a list of them in the form of DWARF 4 or 5. */
#include <dwarf.h>

#include "dwarf_cursor.h"

#define RANGES_MAX 100000

static bool is_inside(uint64_t address, uint64_t start, uint64_t end)
{
    return address >= start && address < end;
}

static struct dwarf_cursor list_at(const struct dwarf_section *section, uint64_t offset)
{
    bool is_outside = offset > section->size;
    return (struct dwarf_cursor){section->bytes + (is_outside ? 0 : offset), section->bytes + section->size,
                                 is_outside};
}

/* Pairs of addresses relative to a base; a pair that begins with the highest address sets the base. */
static bool ranges_4_cover(const struct dwarf_unit *unit, uint64_t offset, uint64_t address)
{
    struct dwarf_cursor cursor = list_at(&unit->dwarf->ranges, offset);
    uint64_t base = unit->base_pc;
    for (int i = 0; i < RANGES_MAX && !cursor.has_failed; i++) {
        uint64_t start = cursor_fixed(&cursor, 8), end = cursor_fixed(&cursor, 8);
        if (start == 0 && end == 0)
            break;
        if (start == UINT64_MAX)
            base = end;
        else if (is_inside(address, base + start, base + end))
            return true;
    }
    return false;
}

static uint64_t indexed(const struct dwarf_unit *unit, struct dwarf_cursor *cursor)
{
    const struct dwarf_value value = {.form = DW_FORM_addrx, .number = cursor_unsigned(cursor)};
    return dwarf_address(unit, &value);
}

static bool ranges_5_cover(const struct dwarf_unit *unit, uint64_t offset, uint64_t address)
{
    struct dwarf_cursor cursor = list_at(&unit->dwarf->rnglists, offset);
    uint64_t base = unit->base_pc;
    for (int i = 0; i < RANGES_MAX && !cursor.has_failed; i++) {
        uint64_t start = 0, end = 0;
        switch (cursor_fixed(&cursor, 1)) {
        case DW_RLE_base_addressx:
            base = indexed(unit, &cursor);
            continue;
        case DW_RLE_base_address:
            base = cursor_fixed(&cursor, 8);
            continue;
        case DW_RLE_startx_endx:
            start = indexed(unit, &cursor);
            end = indexed(unit, &cursor);
            break;
        case DW_RLE_startx_length:
            start = indexed(unit, &cursor);
            end = start + cursor_unsigned(&cursor);
            break;
        case DW_RLE_offset_pair:
            start = base + cursor_unsigned(&cursor);
            end = base + cursor_unsigned(&cursor);
            break;
        case DW_RLE_start_end:
            start = cursor_fixed(&cursor, 8);
            end = cursor_fixed(&cursor, 8);
            break;
        case DW_RLE_start_length:
            start = cursor_fixed(&cursor, 8);
            end = start + cursor_unsigned(&cursor);
            break;
        default: /* the end of the list, or nothing that is known */
            return false;
        }
        if (is_inside(address, start, end))
            return true;
    }
    return false;
}

bool dwarf_covers(const struct dwarf_unit *unit, const struct dwarf_entry *entry, uint64_t address)
{
    const struct dwarf_value *low = &entry->values[DWARF_LOW_PC], *high = &entry->values[DWARF_HIGH_PC];
    const struct dwarf_value *ranges = &entry->values[DWARF_RANGES];
    if (ranges->form && unit->version < 5)
        return ranges_4_cover(unit, ranges->number, address);
    if (ranges->form == DW_FORM_rnglistx) {
        struct dwarf_cursor cursor =
            list_at(&unit->dwarf->rnglists, unit->rnglists_base + ranges->number * unit->offset_size);
        return ranges_5_cover(unit, unit->rnglists_base + cursor_fixed(&cursor, unit->offset_size), address);
    }
    if (ranges->form)
        return ranges_5_cover(unit, ranges->number, address);
    if (!low->form || !high->form)
        return false;
    uint64_t start = dwarf_address(unit, low);
    bool is_address = high->form == DW_FORM_addr || high->form == DW_FORM_addrx ||
                      (high->form >= DW_FORM_addrx1 && high->form <= DW_FORM_addrx4);
    return is_inside(address, start, is_address ? dwarf_address(unit, high) : start + high->number);
}
