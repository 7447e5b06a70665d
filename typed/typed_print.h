/* SPDX-License-Identifier: MIT */
/* A value in words, as gdb's 'print' has them. */
#ifndef CRUMPLE_TYPED_TYPED_PRINT_H
#define CRUMPLE_TYPED_TYPED_PRINT_H

#include "typed_memory.h"
#include "typed_type.h"

/* How much of a value is shown; 0: the usual number. */
struct typed_limits {
    unsigned depth;    /* of structs in each other; 0: one level */
    unsigned elements; /* of an array: 8 */
    unsigned members;  /* of a struct: 64 */
    unsigned text;     /* bytes of a string: 200 */
    bool follow;       /* a pointer to a struct shows the struct, too */
    bool
        is_plain; /* text without quotes, and no address before it: for values that stand alone, such as tags */
};

struct typed_value {
    const void *bytes; /* NULL: it lies at the address */
    size_t size;       /* of bytes */
    uint64_t address;  /* 0 for a value without one */
    struct typed_bits bits;
};

/**
 * Writes the value, always ended, in printable ASCII and UTF-8 without control characters, cut with "..." where it is too long. What cannot
 * be read is said in its place: "<not in the core>". Returns false if that is so of the value itself.
 */
bool typed_print(const struct typed_type *type, const struct typed_value *value,
                 const struct typed_memory *memory, const struct typed_limits *limits, char *out,
                 size_t size);

#endif
