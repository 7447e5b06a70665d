/* SPDX-License-Identifier: MIT */
/*
 * The name by which a module called a function of another module. A call through a procedure linkage table,
 * or through an entry of the global offset table, leads to a relocation, which names the function. The name
 * is known even if the function itself has none in a stripped library (processor-specific variants of
 * memcpy), or if another function stands in for it (a redirected entry keeps its relocation).
 */
#ifndef CRUMPLE_WRITER_CODE_IMPORTS_H
#define CRUMPLE_WRITER_CODE_IMPORTS_H

#include "core/memory.h"

/* A name inside a module's string table, not ended by NUL. */
struct import_name {
    const char *text; /* NULL: not known */
    uint32_t size;    /* without @VERSION */
};

/**
 * Finds the name that the loader put into the word at address of module (an entry of its global offset table,
 * or a pointer in its data). If the relocation names no symbol, *ret_value is the address it leads to, else
 * 0. Returns false if there is no such relocation.
 */
bool imports_at(const struct module *module, uint64_t address, struct import_name *ret_name,
                uint64_t *ret_value);

/** Finds the name behind the code at address, if that is an entry of a procedure linkage table. */
bool imports_stub(const struct memory *memory, uint64_t address, struct import_name *ret_name);

/**
 * Finds the name by which the call that ends at address (a return address) called. *ret_target is the target
 * of a direct call that is no entry of a linkage table, else 0. Returns whether there is a name.
 */
bool imports_called(const struct memory *memory, uint64_t address, struct import_name *ret_name,
                    uint64_t *ret_target);

/**
 * Finds the function behind a tail call: the import that the function at address jumps to as its last act, if
 * there is exactly one and it jumps to nothing else. address is the target of a call whose function is not on the
 * stack: a wrapper that ended in a jump has left no frame. Returns whether there is one.
 */
bool imports_tail_called(const struct memory *memory, uint64_t address, struct import_name *ret_name);

#endif
