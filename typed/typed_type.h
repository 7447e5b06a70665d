/* SPDX-License-Identifier: MIT */
/*
 * Types as debug information describes them. A type belongs to the Dwarf it came from, which must live as long. All functions
 * look through typedefs and const where the question is about what is behind them, and give up after a bounded number of steps.
 */
#ifndef CRUMPLE_TYPED_TYPED_TYPE_H
#define CRUMPLE_TYPED_TYPED_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#define TYPED_NAME_BYTES 256 /* room for a type's or a member's name; longer ones are cut */

/* void has no entry: then die.addr is NULL. */
struct typed_type {
    Dwarf_Die die;
};

enum typed_kind {
    TYPED_OTHER = 0, /* void, functions, and what is not understood */
    TYPED_SIGNED,
    TYPED_UNSIGNED,
    TYPED_CHAR,      /* of one byte, signed or not: text where there are several */
    TYPED_WIDE_CHAR, /* char16_t, char32_t, wchar_t */
    TYPED_BOOL,
    TYPED_FLOAT,
    TYPED_ENUM,
    TYPED_POINTER, /* references, too */
    TYPED_ARRAY,
    TYPED_STRUCT, /* class and union, too */
};

/* Bits of a bit-field, counted from the least significant bit of the byte at the offset. size 0: no bit-field. */
struct typed_bits {
    uint32_t first, size;
};

/** The type of a variable, member or function's result. Returns void where none is given. */
struct typed_type typed_type_of(Dwarf_Die *die);

/** The type without typedefs, const, volatile, restrict and atomic. */
struct typed_type typed_bare(const struct typed_type *type);

enum typed_kind typed_kind(const struct typed_type *type);

/** Its size in bytes; 0: unknown, or none. Of a declaration the size of the definition in the same unit. */
uint64_t typed_size(const struct typed_type *type);

/** Its name as C and C++ write it, such as "const struct player *", "char [16]", "enum state". Always ends ret_name; returns its length. */
size_t typed_name(const struct typed_type *type, char *ret_name, size_t size);

/**
 * A member by its name: also one of an anonymous struct or union in it, or of a base class. Returns false if there is none. *ret_offset
 * is in bytes from the start of the struct; *ret_bits of a bit-field. Static members have no place in a struct, and are not found.
 */
bool typed_member(const struct typed_type *type, const char *name, struct typed_type *ret_type,
                  uint64_t *ret_offset, struct typed_bits *ret_bits);

/** What a pointer or reference leads to (void has no entry); false: it is none. */
bool typed_pointee(const struct typed_type *type, struct typed_type *ret_type);

/** An array's element and their number: 0 where the type does not say it (a flexible or variable array). False: no array. Of several
 * dimensions the element is the last, and the number that of all. */
bool typed_element(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count);

#endif
