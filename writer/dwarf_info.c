/* SPDX-License-Identifier: MIT */
#include "dwarf_info.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf_cursor.h"

#define ABBREVS_MAX 65536

static struct dwarf_cursor section_at(const struct dwarf_section *section, uint64_t offset)
{
    struct dwarf_cursor cursor = {section->bytes, section->bytes + section->size, offset > section->size};
    cursor.at += cursor.has_failed ? section->size : offset;
    return cursor;
}

bool dwarf_next_unit(const struct dwarf *dwarf, uint64_t *offset, struct dwarf_unit *ret_unit)
{
    struct dwarf_cursor cursor = section_at(&dwarf->info, *offset);
    struct dwarf_unit unit = {.dwarf = dwarf, .start = cursor.at, .offset_size = 4};
    uint64_t length = cursor_fixed(&cursor, 4);
    if (length == UINT32_MAX) {
        unit.offset_size = 8;
        length = cursor_fixed(&cursor, 8);
    }
    if (cursor.has_failed || length == 0 || length > (uint64_t)(cursor.end - cursor.at))
        return false;
    cursor.end = cursor.at + length;
    *offset = (uint64_t)(cursor.end - dwarf->info.bytes);
    unit.version = (uint16_t)cursor_fixed(&cursor, 2);
    uint8_t type = DW_UT_compile;
    if (unit.version >= 5) {
        type = (uint8_t)cursor_fixed(&cursor, 1);
        unit.address_size = (uint8_t)cursor_fixed(&cursor, 1);
        unit.abbrev_offset = cursor_fixed(&cursor, unit.offset_size);
    } else {
        unit.abbrev_offset = cursor_fixed(&cursor, unit.offset_size);
        unit.address_size = (uint8_t)cursor_fixed(&cursor, 1);
    }
    /* What is not understood, type units among them, is a unit without entries. */
    if (unit.version < 2 || unit.version > 5 || type != DW_UT_compile || unit.address_size != 8)
        cursor.at = cursor.end;
    unit.entries = cursor;
    *ret_unit = unit;
    return true;
}

static void skip_abbrev_attributes(struct dwarf_cursor *cursor)
{
    for (uint64_t name, form; !cursor->has_failed;) {
        name = cursor_unsigned(cursor);
        form = cursor_unsigned(cursor);
        if (form == DW_FORM_implicit_const)
            (void)cursor_unsigned(cursor);
        if (name == 0 && form == 0)
            return;
    }
}

/* Reads the abbreviations of a unit; with last not 0 only as far as that code. */
static int load_abbrevs(struct dwarf_unit *unit, uint64_t last)
{
    struct dwarf_cursor cursor = section_at(&unit->dwarf->abbrev, unit->abbrev_offset);
    for (size_t capacity = 0; unit->abbrev_count < ABBREVS_MAX;) {
        struct dwarf_abbrev abbrev = {.code = cursor_unsigned(&cursor)};
        if (abbrev.code == 0 || cursor.has_failed)
            return cursor.has_failed ? -EBADMSG : 0;
        abbrev.tag = (uint32_t)cursor_unsigned(&cursor);
        abbrev.has_children = cursor_fixed(&cursor, 1);
        abbrev.attributes = cursor.at;
        skip_abbrev_attributes(&cursor);
        if (unit->abbrev_count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            void *grown = realloc(unit->abbrevs, capacity * sizeof abbrev);
            if (!grown)
                return -ENOMEM;
            unit->abbrevs = grown;
        }
        unit->abbrevs[unit->abbrev_count++] = abbrev;
        if (abbrev.code == last)
            return 0;
    }
    return -E2BIG;
}

/* Compilers number abbreviations from 1 on, in order. */
static const struct dwarf_abbrev *find_abbrev(const struct dwarf_unit *unit, uint64_t code)
{
    if (code <= unit->abbrev_count && unit->abbrevs[code - 1].code == code)
        return &unit->abbrevs[code - 1];
    for (size_t i = 0; i < unit->abbrev_count; i++)
        if (unit->abbrevs[i].code == code)
            return &unit->abbrevs[i];
    return NULL;
}

static int slot_of(uint64_t name)
{
    switch (name) {
    case DW_AT_name:
        return DWARF_NAME;
    case DW_AT_linkage_name:
    case DW_AT_MIPS_linkage_name:
        return DWARF_LINKAGE_NAME;
    case DW_AT_low_pc:
        return DWARF_LOW_PC;
    case DW_AT_high_pc:
        return DWARF_HIGH_PC;
    case DW_AT_ranges:
        return DWARF_RANGES;
    case DW_AT_abstract_origin:
    case DW_AT_specification:
        return DWARF_ORIGIN;
    case DW_AT_sibling:
        return DWARF_SIBLING;
    case DW_AT_str_offsets_base:
        return DWARF_STR_BASE;
    case DW_AT_addr_base:
        return DWARF_ADDR_BASE;
    case DW_AT_rnglists_base:
        return DWARF_RNGLISTS_BASE;
    default:
        return -1;
    }
}

bool dwarf_read_entry(const struct dwarf_unit *unit, struct dwarf_cursor *cursor,
                      struct dwarf_entry *ret_entry)
{
    if (cursor->has_failed || cursor->at >= cursor->end)
        return false;
    uint64_t code = cursor_unsigned(cursor);
    *ret_entry = (struct dwarf_entry){0};
    if (code == 0)
        return !cursor->has_failed;
    const struct dwarf_abbrev *abbrev = find_abbrev(unit, code);
    if (!abbrev)
        return false;
    ret_entry->tag = abbrev->tag;
    ret_entry->has_children = abbrev->has_children;
    struct dwarf_cursor attributes = section_at(&unit->dwarf->abbrev, 0);
    attributes.at = abbrev->attributes;
    for (;;) {
        uint64_t name = cursor_unsigned(&attributes);
        struct dwarf_value value = {.form = (uint16_t)cursor_unsigned(&attributes)};
        if (value.form == DW_FORM_implicit_const)
            value.number = cursor_unsigned(&attributes);
        if ((name == 0 && value.form == 0) || attributes.has_failed)
            return !cursor->has_failed && !attributes.has_failed;
        if (!cursor_value(cursor, unit->version, unit->offset_size, &value))
            return false;
        int slot = slot_of(name);
        if (slot >= 0)
            ret_entry->values[slot] = value;
    }
}

int dwarf_unit_load(struct dwarf_unit *unit)
{
    dwarf_unit_release(unit);
    return load_abbrevs(unit, 0);
}

int dwarf_unit_root(struct dwarf_unit *unit, struct dwarf_entry *ret_root)
{
    struct dwarf_cursor peek = unit->entries;
    uint64_t code = cursor_unsigned(&peek);
    int error = code ? load_abbrevs(unit, code) : -EBADMSG;
    if (error)
        return error;
    if (!dwarf_read_entry(unit, &unit->entries, ret_root))
        return -EBADMSG;
    unit->str_base = ret_root->values[DWARF_STR_BASE].number;
    unit->addr_base = ret_root->values[DWARF_ADDR_BASE].number;
    unit->rnglists_base = ret_root->values[DWARF_RNGLISTS_BASE].number;
    if (ret_root->values[DWARF_LOW_PC].form)
        unit->base_pc = dwarf_address(unit, &ret_root->values[DWARF_LOW_PC]);
    return 0;
}

void dwarf_unit_release(struct dwarf_unit *unit)
{
    free(unit->abbrevs);
    unit->abbrevs = NULL;
    unit->abbrev_count = 0;
}

struct dwarf_cursor dwarf_reference(const struct dwarf_unit *unit, const struct dwarf_value *value)
{
    struct dwarf_cursor cursor = unit->entries;
    uint64_t size = (uint64_t)(unit->entries.end - unit->start), offset = value->number;
    if (value->form == DW_FORM_ref_addr)
        offset -= (uint64_t)(unit->start - unit->dwarf->info.bytes);
    bool is_local = value->form == DW_FORM_ref1 || value->form == DW_FORM_ref2 ||
                    value->form == DW_FORM_ref4 || value->form == DW_FORM_ref8 ||
                    value->form == DW_FORM_ref_udata || value->form == DW_FORM_ref_addr;
    cursor.has_failed = !is_local || offset >= size;
    cursor.at = unit->start + (cursor.has_failed ? size : offset);
    return cursor;
}

const char *dwarf_text(const struct dwarf_unit *unit, const struct dwarf_value *value)
{
    const struct dwarf *dwarf = unit->dwarf;
    const struct dwarf_section *section = &dwarf->str;
    uint64_t offset = value->number;
    switch (value->form) {
    case DW_FORM_string:
        return value->text;
    case DW_FORM_line_strp:
        section = &dwarf->line_str;
        break;
    case DW_FORM_strp:
        break;
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4: {
        struct dwarf_cursor cursor =
            section_at(&dwarf->str_offsets, unit->str_base + offset * unit->offset_size);
        offset = cursor_fixed(&cursor, unit->offset_size);
        if (cursor.has_failed)
            return NULL;
        break;
    }
    default:
        return NULL;
    }
    const char *text = offset < section->size ? (const char *)section->bytes + offset : NULL;
    return text && memchr(text, '\0', section->size - offset) ? text : NULL;
}
