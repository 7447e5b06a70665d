/* SPDX-License-Identifier: MIT */
#include "typed_field.h"

#include <dwarf.h>
#include <string.h>

#define FIELDS_MAX 4096  /* of a struct that are looked at */
#define SEARCH_MAX 65536 /* of all structs in each other, by one search */
#define DEPTH_MAX  16

struct typed_fields typed_fields_of(const struct typed_type *type)
{
    const struct typed_type bare = typed_bare(type);
    const bool is_struct = typed_kind(&bare) == TYPED_STRUCT;
    return (struct typed_fields){.die = bare.die, .left = FIELDS_MAX, .has_ended = !is_struct};
}

static bool read_number(Dwarf_Die *die, unsigned name, uint64_t *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word;
    if (dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &word) != 0)
        return false;
    *ret = word;
    return true;
}

/* A constant, or an expression of one operation (DWARF 2). Without any the member is at the start. */
static bool read_offset(Dwarf_Die *die, uint64_t *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    Dwarf_Word word;
    *ret = 0;
    if (!dwarf_attr_integrate(die, DW_AT_data_member_location, &attribute))
        return true;
    if (dwarf_formudata(&attribute, &word) == 0) {
        *ret = word;
        return true;
    }
    if (dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1 ||
        operations[0].atom != DW_OP_plus_uconst)
        return false;
    *ret = operations[0].number;
    return true;
}

/* DWARF 4 counts bits from the struct's start. DWARF 2 counts them from the most significant bit of a unit of
 * storage of the member's type. */
static bool read_bits(struct typed_field *field, Dwarf_Die *die)
{
    uint64_t size = 0, at = 0, unit = 0;
    field->bits = (struct typed_bits){0};
    if (!read_number(die, DW_AT_bit_size, &size))
        return true;
    if (size == 0 || size > 64)
        return false;
    if (read_number(die, DW_AT_data_bit_offset, &at)) {
        field->offset += at / 8;
        field->bits = (struct typed_bits){(uint32_t)(at % 8), (uint32_t)size};
        return true;
    }
    if (!read_number(die, DW_AT_byte_size, &unit))
        unit = typed_size(&field->type);
    if (read_number(die, DW_AT_bit_offset, &at) && at + size > unit * 8)
        return false;
    const uint64_t first = unit * 8 - at - size;
    field->offset += first / 8;
    field->bits = (struct typed_bits){(uint32_t)(first % 8), (uint32_t)size};
    return true;
}

/* In DWARF 4 and before, a static member is a member that is external, or a declaration. */
static bool is_static(Dwarf_Die *die)
{
    return dwarf_hasattr(die, DW_AT_external) || dwarf_hasattr(die, DW_AT_declaration);
}

static bool read_field(Dwarf_Die *die, struct typed_field *field)
{
    const int tag = dwarf_tag(die);
    uint64_t is_virtual = 0;
    if (tag != DW_TAG_member && tag != DW_TAG_inheritance)
        return false;
    if (tag == DW_TAG_member ? is_static(die) : read_number(die, DW_AT_virtuality, &is_virtual) && is_virtual)
        return false;
    field->type = typed_type_of(die);
    field->is_base = tag == DW_TAG_inheritance;
    field->name = field->is_base ? dwarf_diename(&field->type.die) : dwarf_diename(die);
    return field->type.die.addr && read_offset(die, &field->offset) && read_bits(field, die);
}

bool typed_next_field(struct typed_fields *fields, struct typed_field *ret_field)
{
    while (!fields->has_ended && fields->left) {
        const int result = fields->is_begun ? dwarf_siblingof(&fields->die, &fields->die)
                                            : dwarf_child(&fields->die, &fields->die);
        struct typed_field field = {0};
        fields->is_begun = true;
        fields->has_ended = result != 0;
        fields->left--;
        if (result == 0 && read_field(&fields->die, &field)) {
            *ret_field = field;
            return true;
        }
    }
    return false;
}

struct search {
    const char *name;
    unsigned left;
    struct typed_field found;
};

/* The struct's own members first, then those of anonymous structs and base classes. */
static bool find(struct search *search, const struct typed_type *type, uint64_t offset, int depth)
{
    struct typed_field field;
    for (int pass = 0; pass < 2 && depth < DEPTH_MAX; pass++) {
        struct typed_fields fields = typed_fields_of(type);
        while (search->left && typed_next_field(&fields, &field)) {
            search->left--;
            field.offset += offset;
            const bool is_inside = field.is_base || !field.name;
            if (pass == 0 && !is_inside && strcmp(field.name, search->name) == 0) {
                search->found = field;
                return true;
            }
            if (pass == 1 && is_inside && find(search, &field.type, field.offset, depth + 1))
                return true;
        }
    }
    return false;
}

bool typed_member(const struct typed_type *type, const char *name, struct typed_type *ret_type,
                  uint64_t *ret_offset, struct typed_bits *ret_bits)
{
    struct search search = {.name = name, .left = SEARCH_MAX};
    if (!find(&search, type, 0, 0))
        return false;
    *ret_type = search.found.type;
    *ret_offset = search.found.offset;
    *ret_bits = search.found.bits;
    return true;
}
