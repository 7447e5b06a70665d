/* SPDX-License-Identifier: MIT */
/* A value in words, as gdb's 'print' has them. */
#ifndef CRUMPLE_TYPED_TYPED_PRINT_H
#define CRUMPLE_TYPED_TYPED_PRINT_H

#include "typed_field.h"
#include "typed_memory.h"

#define TYPED_UNREADABLE "<not in the core>"
#define TYPED_OPTIMISED  "<optimised out>"
#define TYPED_SECRET     "[secret]"

/* How much of a value is shown; 0: the usual number. */
struct typed_limits {
    unsigned elements; /* of an array: 8 */
    unsigned members;  /* of a struct: 64 */
    unsigned text;     /* bytes of a string: 200 */
    bool
        is_plain; /* text without quotes and without its address: for values that stand alone, such as tags */
    const char
        *unreadable; /* what is said in the place of memory that is not there; NULL: TYPED_UNREADABLE */
    /** The name of a function at an address of the process, lent until the next call, or NULL; may be NULL. */
    const char *(*function)(void *context, uint64_t address);
    void *context;
    /** Whether a member's name says that its value is not to be shown; may be NULL. */
    bool (*is_secret)(const char *name, size_t size);
};

/* Where a value is. */
struct typed_value {
    const uint8_t *bytes; /* NULL: it lies at the address */
    const uint8_t *known; /* as many: which of the bytes are known, by 1; NULL: all */
    size_t size;          /* of bytes */
    uint64_t address;     /* 0 for a value without one */
    struct typed_bits bits;
    uint64_t elements; /* of an array whose type does not say it; 0: unknown */
};

/**
 * Writes the value: text that is always ended, free of control characters, cut with "..." where it is too long
 * (size: at least 8). A struct is shown with its members, structs in it as {...} unless they are a few numbers; of a pointer the address, and the
 * text that a pointer to characters leads to. What cannot be read is said in its place. Returns false if that
 * is so of the value itself.
 */
bool typed_print(const struct typed_type *type, const struct typed_value *value,
                 const struct typed_memory *memory, const struct typed_limits *limits, char *out,
                 size_t size);

#endif
