/* SPDX-License-Identifier: MIT */
/*
 * The calls that the compiler inlined at an address. A frame of an optimised build stands for several
 * functions; a signature that must match an unoptimised build needs their names.
 */
#ifndef CRUMPLE_WRITER_WALK_INLINES_H
#define CRUMPLE_WRITER_WALK_INLINES_H

#include "core/modules.h"

#define INLINES_MAX 8

struct inlines {
    uint64_t address;               /* asked: a vaddr of the module */
    const char *names[INLINES_MAX]; /* innermost first, linkage names where there are; they live as long as
                                       the module */
    bool is_noreturn[INLINES_MAX];  /* declared so (DW_AT_noreturn) */
    bool is_function_noreturn;      /* the function itself, which holds them all */
    size_t count;
    bool is_done;
};

/**
 * Finds the inlined calls around count addresses in one module. None if there is no debug information, or
 * more than may be read while a server waits.
 */
void inlines_find(const struct module *module, struct inlines *queries, size_t count);

struct Dwarf;

/** The module's debug information, of its file or its separate debug file, or NULL. It stays open. */
struct Dwarf *inlines_debug(const struct module *module);

#endif
