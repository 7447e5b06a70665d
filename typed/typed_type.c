/* SPDX-License-Identifier: MIT */
#include "typed_type.h"

struct typed_type typed_type_of(Dwarf_Die *die)
{
    (void)die;
    return (struct typed_type){0};
}

struct typed_type typed_bare(const struct typed_type *type)
{
    return *type;
}

enum typed_kind typed_kind(const struct typed_type *type)
{
    (void)type;
    return TYPED_OTHER;
}

uint64_t typed_size(const struct typed_type *type)
{
    (void)type;
    return 0;
}

size_t typed_name(const struct typed_type *type, char *ret_name, size_t size)
{
    (void)type;
    if (size)
        *ret_name = '\0';
    return 0;
}

bool typed_member(const struct typed_type *type, const char *name, struct typed_type *ret_type,
                  uint64_t *ret_offset, struct typed_bits *ret_bits)
{
    (void)type, (void)name, (void)ret_type, (void)ret_offset, (void)ret_bits;
    return false;
}

bool typed_pointee(const struct typed_type *type, struct typed_type *ret_type)
{
    (void)type, (void)ret_type;
    return false;
}

bool typed_element(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count)
{
    (void)type, (void)ret_type, (void)ret_count;
    return false;
}
