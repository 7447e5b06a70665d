/* SPDX-License-Identifier: MIT */
/* What std::string and std::vector of libstdc++ hold: their members by name, as its own printers for gdb
 * read them. */
#ifndef CRUMPLE_TYPED_TYPED_LIBRARY_H
#define CRUMPLE_TYPED_TYPED_LIBRARY_H

#include "typed_memory.h"
#include "typed_type.h"

struct typed_sequence {
    bool is_text;
    struct typed_type element;
    uint64_t address, count;
};

/** Reads the object at an address. Returns false if it is neither, cannot be read, or does not look sane. */
bool typed_library_read(const struct typed_type *type, uint64_t address, const struct typed_memory *memory,
                        struct typed_sequence *ret);

#endif
