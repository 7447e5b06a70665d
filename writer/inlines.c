/* SPDX-License-Identifier: MIT */
#include "inlines.h"

#include <dwarf.h>
#include <string.h>

#include "dwarf_info.h"
#include "elf_sections.h"

/* A unit of the size below takes some 10 ms; all of a program linked with optimisation at link time may be
 * one unit. */
#define INLINES_UNIT_MAX  ((ptrdiff_t)4 << 20)
#define INLINES_UNITS_MAX 100000
#define INLINES_ORIGINS   4

static bool open_debug(const uint8_t *image, size_t size, struct dwarf *ret_dwarf)
{
    struct elf_sections sections;
    struct dwarf dwarf = {0};
    if (!image || !elf_sections_open(image, size, &sections))
        return false;
    const struct {
        const char *name;
        struct dwarf_section *section;
    } rows[] = {
        {".debug_info", &dwarf.info},     {".debug_abbrev", &dwarf.abbrev},
        {".debug_str", &dwarf.str},       {".debug_line_str", &dwarf.line_str},
        {".debug_addr", &dwarf.addr},     {".debug_str_offsets", &dwarf.str_offsets},
        {".debug_ranges", &dwarf.ranges}, {".debug_rnglists", &dwarf.rnglists},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        rows[i].section->bytes = elf_sections_named(&sections, rows[i].name, &rows[i].section->size);
    *ret_dwarf = dwarf;
    return dwarf.info.bytes && dwarf.abbrev.bytes;
}

/* The name of a function is with the entry that declares it. */
static const char *name_of(const struct dwarf_unit *unit, const struct dwarf_entry *entry)
{
    struct dwarf_entry current = *entry;
    const char *plain = NULL;
    for (int i = 0; i < INLINES_ORIGINS; i++) {
        const char *name = dwarf_text(unit, &current.values[DWARF_LINKAGE_NAME]);
        if (name)
            return name;
        plain = plain ? plain : dwarf_text(unit, &current.values[DWARF_NAME]);
        if (!current.values[DWARF_ORIGIN].form)
            break;
        struct dwarf_cursor cursor = dwarf_reference(unit, &current.values[DWARF_ORIGIN]);
        if (!dwarf_read_entry(unit, &cursor, &current))
            break;
    }
    return plain;
}

static void add_innermost(struct inlines *inlines, const char *name)
{
    if (inlines->count < INLINES_MAX)
        inlines->count++;
    memmove(inlines->names + 1, inlines->names, (inlines->count - 1) * sizeof inlines->names[0]);
    inlines->names[0] = name;
}

static bool has_code(uint32_t tag)
{
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block;
}

/*
 * Entries come outermost first. skip_depth: below it lies code that does not cover the address. The
 * subprogram that does ends the search with its own end.
 */
static void find_in_unit(const struct dwarf_unit *unit, uint64_t address, struct inlines *inlines)
{
    struct dwarf_cursor cursor = unit->entries;
    struct dwarf_entry entry;
    int depth = 1, skip_depth = 0, found_depth = 0;
    while (depth > 0 && dwarf_read_entry(unit, &cursor, &entry)) {
        if (entry.tag == 0) {
            depth--;
            if (depth == skip_depth)
                skip_depth = 0;
            if (depth == found_depth)
                return;
            continue;
        }
        if (!skip_depth && has_code(entry.tag)) {
            bool covers = dwarf_covers(unit, &entry, address);
            if (covers && entry.tag == DW_TAG_inlined_subroutine) {
                const char *name = name_of(unit, &entry);
                if (name)
                    add_innermost(inlines, name);
            } else if (covers && entry.tag == DW_TAG_subprogram && !found_depth && entry.has_children) {
                found_depth = depth;
            } else if (!covers && entry.has_children) {
                struct dwarf_cursor sibling = dwarf_reference(unit, &entry.values[DWARF_SIBLING]);
                if (entry.values[DWARF_SIBLING].form && !sibling.has_failed && sibling.at > cursor.at) {
                    cursor = sibling;
                    continue;
                }
                skip_depth = depth;
            }
        }
        depth += entry.has_children;
    }
}

/* Returns how many of the queries the unit has answered. */
static size_t answer_unit(struct dwarf_unit *unit, struct inlines *queries, size_t count)
{
    struct dwarf_entry root;
    size_t done = 0;
    bool is_loaded = false;
    if (dwarf_unit_root(unit, &root) < 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (queries[i].is_done || !dwarf_covers(unit, &root, queries[i].address))
            continue;
        queries[i].is_done = true;
        done++;
        if (unit->entries.end - unit->entries.at > INLINES_UNIT_MAX)
            continue;
        if (!is_loaded && dwarf_unit_load(unit) < 0)
            continue;
        is_loaded = true;
        find_in_unit(unit, queries[i].address, &queries[i]);
    }
    return done;
}

void inlines_find(const struct module *module, struct inlines *queries, size_t count)
{
    struct dwarf dwarf;
    struct dwarf_unit unit;
    uint64_t offset = 0;
    size_t left = count;
    for (size_t i = 0; i < count; i++) {
        queries[i].count = 0;
        queries[i].is_done = false;
    }
    if (!open_debug(module->image, module->image_size, &dwarf) &&
        !open_debug(module->debug_image, module->debug_size, &dwarf))
        return;
    for (size_t i = 0; i < INLINES_UNITS_MAX && left && dwarf_next_unit(&dwarf, &offset, &unit); i++) {
        left -= answer_unit(&unit, queries, count);
        dwarf_unit_release(&unit);
    }
}
