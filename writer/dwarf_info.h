/* SPDX-License-Identifier: MIT */
/*
 * As much of DWARF 4 and 5 as inlined calls need: units, their entries one after another, and of each entry
 * the few attributes in enum dwarf_slot. The sections lie in a mapped file and are not trusted: reading
 * beyond one yields zeros and marks the cursor as failed.
 */
#ifndef CRUMPLE_WRITER_DWARF_INFO_H
#define CRUMPLE_WRITER_DWARF_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dwarf_section {
    const uint8_t *bytes;
    size_t size;
};

struct dwarf {
    struct dwarf_section info, abbrev, str, line_str, str_offsets, addr, ranges, rnglists;
};

struct dwarf_cursor {
    const uint8_t *at, *end;
    bool has_failed;
};

enum dwarf_slot {
    DWARF_NAME,
    DWARF_LINKAGE_NAME,
    DWARF_LOW_PC,
    DWARF_HIGH_PC,
    DWARF_RANGES,
    DWARF_ORIGIN, /* abstract_origin or specification */
    DWARF_SIBLING,
    DWARF_STR_BASE,
    DWARF_ADDR_BASE,
    DWARF_RNGLISTS_BASE,
    DWARF_SLOTS
};

struct dwarf_value {
    uint16_t form; /* 0: the entry has no such attribute */
    uint64_t number;
    const char *text; /* of DW_FORM_string */
};

struct dwarf_abbrev {
    uint64_t code;
    uint32_t tag;
    bool has_children;
    const uint8_t *attributes; /* pairs of name and form */
};

struct dwarf_unit {
    const struct dwarf *dwarf;
    const uint8_t *start; /* of the header: references in the unit count from here */
    struct dwarf_cursor entries;
    uint16_t version;
    uint8_t offset_size, address_size;
    uint64_t abbrev_offset;
    uint64_t base_pc, str_base, addr_base, rnglists_base;
    struct dwarf_abbrev *abbrevs; /* owned */
    size_t abbrev_count;
};

struct dwarf_entry {
    uint32_t tag; /* 0: the end of a list of children */
    bool has_children;
    struct dwarf_value values[DWARF_SLOTS];
};

/** Reads the unit header at *offset and moves *offset to the next. Returns whether there is one. */
bool dwarf_next_unit(const struct dwarf *dwarf, uint64_t *offset, struct dwarf_unit *ret_unit);

/** Reads the first entry of the unit, and from it the bases. Returns 0 or a negative errno. */
int dwarf_unit_root(struct dwarf_unit *unit, struct dwarf_entry *ret_root);

/** Makes the entries after the first readable. Only after dwarf_unit_root. Returns 0 or a negative errno. */
int dwarf_unit_load(struct dwarf_unit *unit);

void dwarf_unit_release(struct dwarf_unit *unit);

/** Reads the entry at cursor. Returns false at the end of the unit and where it cannot be understood. */
bool dwarf_read_entry(const struct dwarf_unit *unit, struct dwarf_cursor *cursor,
                      struct dwarf_entry *ret_entry);

/** Whether the code of entry includes address (a vaddr). */
bool dwarf_covers(const struct dwarf_unit *unit, const struct dwarf_entry *entry, uint64_t address);

/** A cursor at the entry that value refers to; it has failed if that is not in the unit. */
struct dwarf_cursor dwarf_reference(const struct dwarf_unit *unit, const struct dwarf_value *value);

/** The string value stands for, or NULL. It ends with NUL inside its section. */
const char *dwarf_text(const struct dwarf_unit *unit, const struct dwarf_value *value);

#endif
