/* SPDX-License-Identifier: MIT */
/*
 * Types as debug information describes them. A type belongs to the Dwarf it came from, which must live as
 * long. All functions look through typedefs and const where the question is about what is behind them, and
 * give up after a bounded number of steps.
 */
#ifndef CRUMPLE_TYPED_TYPED_TYPE_H
#define CRUMPLE_TYPED_TYPED_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

/* void has no entry: then die.addr is NULL. */
struct typed_type {
    Dwarf_Die die;
    unsigned rows; /* dimensions of the array that are chosen already: the type is a row of it (typed_row) */
};

enum typed_kind {
    TYPED_OTHER = 0, /* void, functions, and what is not understood */
    TYPED_SIGNED,
    TYPED_UNSIGNED,
    TYPED_CHAR,      /* of one byte, signed or not: text where there are several */
    TYPED_WIDE_CHAR, /* char16_t, char32_t */
    TYPED_BOOL,
    TYPED_FLOAT,
    TYPED_ENUM,
    TYPED_POINTER, /* references, too */
    TYPED_ARRAY,
    TYPED_STRUCT, /* class and union, too */
};

/** The type of a variable, a member or a function's result. Returns void where none is given. */
struct typed_type typed_type_of(Dwarf_Die *die);

/** The tag of its entry, such as DW_TAG_base_type; DW_TAG_invalid of void. */
int typed_tag(const struct typed_type *type);

/** The type without typedefs, const, volatile, restrict and atomic. */
struct typed_type typed_bare(const struct typed_type *type);

enum typed_kind typed_kind(const struct typed_type *type);

/** Whether a pointer is a reference; whether a number or an enumeration is known to be unsigned. */
bool typed_is_reference(const struct typed_type *type);
bool typed_is_unsigned(const struct typed_type *type);

/** Its size in bytes; 0: unknown, or none. */
uint64_t typed_size(const struct typed_type *type);

/** What a pointer or reference leads to (void has no entry); false: it is none. */
bool typed_pointee(const struct typed_type *type, struct typed_type *ret_type);

/** An array's element and their number: 0 where the type does not say it (a flexible or variable array).
 * False: no array. Of several dimensions the element is the last, and the number that of all. */
bool typed_element(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count);

/** What x[i] is of an array x: a row of the others, of more dimensions than one. */
bool typed_row(const struct typed_type *type, struct typed_type *ret_type, uint64_t *ret_count);

/** The number of elements of each dimension, outermost first, 0 where the type does not say it. Returns the
 * number of dimensions; 0: no array. */
size_t typed_dimensions(const struct typed_type *type, uint64_t *ret_counts, size_t counts_max);

#endif
