/* SPDX-License-Identifier: MIT */
/* The members of a struct, class or union. */
#ifndef CRUMPLE_TYPED_TYPED_FIELD_H
#define CRUMPLE_TYPED_TYPED_FIELD_H

#include "typed_type.h"

/* Bits of a bit-field, counted from the least significant bit of the byte at the offset. size 0: none. */
struct typed_bits {
    uint32_t first, size;
};

struct typed_field {
    const char *name; /* NULL: an anonymous struct or union; of a base class, its type's */
    struct typed_type type;
    uint64_t offset; /* in bytes, from the start of the struct */
    struct typed_bits bits;
    bool is_base;
};

/* A walk through the members of one struct. */
struct typed_fields {
    Dwarf_Die die;
    unsigned left; /* entries that may still be looked at */
    bool is_begun, has_ended;
};

/** Begins a walk; of anything but a struct it ends at once. */
struct typed_fields typed_fields_of(const struct typed_type *type);

/** The next member or base class in the order of the source; false at the end. Static members and virtual
 * base classes have no place in the struct, and are left out. */
bool typed_next_field(struct typed_fields *fields, struct typed_field *ret_field);

/** A member by its name: also one of an anonymous struct or union in it, or of a base class. Returns false if
 * there is none. *ret_offset is in bytes from the start of the struct; *ret_bits of a bit-field. */
bool typed_member(const struct typed_type *type, const char *name, struct typed_type *ret_type,
                  uint64_t *ret_offset, struct typed_bits *ret_bits);

#endif
