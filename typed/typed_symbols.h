/* SPDX-License-Identifier: MIT */
/* Variables by the symbols of an ELF file. */
#ifndef CRUMPLE_TYPED_TYPED_SYMBOLS_H
#define CRUMPLE_TYPED_TYPED_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct typed_symbol {
    const char *name; /* asked: as C has it, mangled, or with the namespaces of C++ ("game::tick") */
    bool is_found, is_thread_local, is_local;
    uint64_t address; /* as the file counts it; of a thread-local one from the start of the module's block */
    uint64_t size;    /* 0: not known */
    unsigned
        count; /* definitions of that name; more than 1: static ones of several files, of which this is the first */
};

/**
 * Looks for variables in .symtab, and without one in .dynsym, in one pass. What is found already stays. The image of size bytes is not trusted.
 * Returns whether there is a .symtab: without one only exported names can be found.
 */
bool typed_symbols_find(const uint8_t *image, size_t size, struct typed_symbol *symbols, size_t count);

#endif
