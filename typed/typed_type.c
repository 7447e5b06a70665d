/* SPDX-License-Identifier: MIT */
#include "typed_type.h"

#include <dwarf.h>
#include <string.h>

#define STEPS_MAX      32 /* typedefs of typedefs */
#define DIMENSIONS_MAX 16
#define POINTER_BYTES  8

struct typed_type typed_type_of(Dwarf_Die *die)
{
    struct typed_type type = {0};
    Dwarf_Attribute attribute;
    if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) || !dwarf_formref_die(&attribute, &type.die))
        return (struct typed_type){0};
    return type;
}

/* Of an entry whose tag only says more about another type: that one. */
static bool is_around_type(int tag)
{
    switch (tag) {
    case DW_TAG_typedef:
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
    case DW_TAG_immutable_type:
    case DW_TAG_packed_type:
    case DW_TAG_shared_type:
        return true;
    default:
        return false;
    }
}

int typed_tag(const struct typed_type *type)
{
    Dwarf_Die die = type->die;
    return die.addr ? dwarf_tag(&die) : DW_TAG_invalid;
}

struct typed_type typed_bare(const struct typed_type *type)
{
    struct typed_type bare = *type;
    for (int i = 0; i < STEPS_MAX && is_around_type(typed_tag(&bare)); i++)
        bare = typed_type_of(&bare.die);
    if (is_around_type(typed_tag(&bare)))
        bare.die.addr = NULL; /* they lead to each other */
    return bare;
}

static bool read_number(const struct typed_type *type, unsigned name, uint64_t *ret)
{
    Dwarf_Die die = type->die;
    Dwarf_Attribute attribute;
    Dwarf_Word word;
    if (!die.addr || dwarf_formudata(dwarf_attr_integrate(&die, name, &attribute), &word) != 0)
        return false;
    *ret = word;
    return true;
}

static enum typed_kind base_kind(const struct typed_type *bare)
{
    uint64_t encoding = 0;
    const uint64_t size = typed_size(bare);
    if (!read_number(bare, DW_AT_encoding, &encoding) || size == 0 || size > 16)
        return TYPED_OTHER;
    switch (encoding) {
    case DW_ATE_boolean:
        return TYPED_BOOL;
    case DW_ATE_signed:
        return TYPED_SIGNED;
    case DW_ATE_unsigned:
    case DW_ATE_address:
        return TYPED_UNSIGNED;
    case DW_ATE_signed_char:
        return size == 1 ? TYPED_CHAR : TYPED_SIGNED;
    case DW_ATE_unsigned_char:
        return size == 1 ? TYPED_CHAR : TYPED_UNSIGNED;
    case DW_ATE_UTF:
        return size == 1 ? TYPED_CHAR : TYPED_WIDE_CHAR;
    case DW_ATE_float:
        return size == 4 || size == 8 || size == 16 ? TYPED_FLOAT : TYPED_OTHER;
    default:
        return TYPED_OTHER;
    }
}

enum typed_kind typed_kind(const struct typed_type *type)
{
    const struct typed_type bare = typed_bare(type);
    switch (typed_tag(&bare)) {
    case DW_TAG_base_type:
        return base_kind(&bare);
    case DW_TAG_enumeration_type:
        return TYPED_ENUM;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
        return TYPED_POINTER;
    case DW_TAG_array_type:
        return TYPED_ARRAY;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
        return TYPED_STRUCT;
    default:
        return TYPED_OTHER;
    }
}

bool typed_is_reference(const struct typed_type *type)
{
    const struct typed_type bare = typed_bare(type);
    const int tag = typed_tag(&bare);
    return tag == DW_TAG_reference_type || tag == DW_TAG_rvalue_reference_type;
}

bool typed_is_unsigned(const struct typed_type *type)
{
    struct typed_type bare = typed_bare(type);
    uint64_t encoding = DW_ATE_unsigned;
    if (typed_tag(&bare) == DW_TAG_enumeration_type) {
        const struct typed_type under = typed_type_of(&bare.die); /* DWARF 3 and later, mostly */
        bare = typed_bare(&under);
    }
    return read_number(&bare, DW_AT_encoding, &encoding) && encoding != DW_ATE_signed &&
           encoding != DW_ATE_signed_char;
}

bool typed_pointee(const struct typed_type *type, struct typed_type *ret_type)
{
    struct typed_type bare = typed_bare(type);
    if (typed_kind(&bare) != TYPED_POINTER)
        return false;
    *ret_type = typed_type_of(&bare.die);
    return true;
}

/* The number of elements of one dimension; 0: the type does not say it. */
static uint64_t dimension_count(const struct typed_type *dimension)
{
    Dwarf_Die die = dimension->die;
    Dwarf_Attribute attribute;
    uint64_t count = 0, lower = 0;
    Dwarf_Sword upper = 0;
    if (read_number(dimension, DW_AT_count, &count))
        return count;
    (void)read_number(dimension, DW_AT_lower_bound, &lower);
    if (!dwarf_attr_integrate(&die, DW_AT_upper_bound, &attribute) ||
        dwarf_formsdata(&attribute, &upper) != 0)
        return 0;
    /* char x[0] has the upper bound -1, in as many bytes as the compiler likes. */
    return upper == -1 || (uint64_t)upper == UINT32_MAX || (uint64_t)upper < lower
               ? 0
               : (uint64_t)upper - lower + 1;
}

size_t typed_dimensions(const struct typed_type *type, uint64_t *ret_counts, size_t counts_max)
{
    struct typed_type bare = typed_bare(type), dimension = {0};
    size_t count = 0;
    unsigned rows = bare.rows;
    if (typed_tag(&bare) != DW_TAG_array_type || dwarf_child(&bare.die, &dimension.die) != 0)
        return 0;
    do {
        if (dwarf_tag(&dimension.die) != DW_TAG_subrange_type)
            continue;
        if (rows)
            rows--;
        else
            ret_counts[count++] = dimension_count(&dimension);
    } while (count < counts_max && dwarf_siblingof(&dimension.die, &dimension.die) == 0);
    return count;
}

bool typed_element(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count)
{
    struct typed_type bare = typed_bare(type);
    uint64_t counts[DIMENSIONS_MAX], all = 1;
    if (typed_tag(&bare) != DW_TAG_array_type)
        return false;
    const size_t dimensions = typed_dimensions(&bare, counts, DIMENSIONS_MAX);
    for (size_t i = 0; i < dimensions; i++)
        if (__builtin_mul_overflow(all, counts[i], &all))
            all = 0;
    *ret_count = dimensions ? all : 0;
    *ret_type = typed_type_of(&bare.die);
    return true;
}

bool typed_row(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count)
{
    const struct typed_type bare = typed_bare(type);
    uint64_t counts[DIMENSIONS_MAX];
    if (typed_dimensions(&bare, counts, DIMENSIONS_MAX) < 2)
        return typed_element(type, ret_type, ret_count);
    *ret_count = counts[0];
    *ret_type = bare;
    ret_type->rows++;
    return true;
}

uint64_t typed_size(const struct typed_type *type)
{
    struct typed_type at = typed_bare(type);
    uint64_t size, factor = 1, count;
    for (int i = 0; i < STEPS_MAX && at.die.addr; i++) {
        const int tag = typed_tag(&at);
        if (!at.rows && read_number(&at, DW_AT_byte_size, &size))
            return __builtin_mul_overflow(size, factor, &size) ? 0 : size;
        if (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type || tag == DW_TAG_rvalue_reference_type)
            return __builtin_mul_overflow((uint64_t)POINTER_BYTES, factor, &size) ? 0 : size;
        if (tag == DW_TAG_array_type) {
            struct typed_type element;
            (void)typed_element(&at, &element, &count);
            if (__builtin_mul_overflow(factor, count, &factor))
                return 0;
            at = typed_bare(&element);
        } else if (tag == DW_TAG_enumeration_type || tag == DW_TAG_subrange_type) {
            const struct typed_type under = typed_type_of(&at.die);
            at = typed_bare(&under);
        } else {
            return 0;
        }
    }
    return 0;
}
