/* SPDX-License-Identifier: MIT */
/*
 * Exported symbols of the loaded objects, read from the loader's list without its lock, for the time after a
 * fault, when dlsym is out of bounds. The reader trusts no value; unreadable memory counts as absent. In the
 * helper and the faulting thread.
 */
#ifndef CRUMPLE_PRELOAD_PROC_SYMBOLS_H
#define CRUMPLE_PRELOAD_PROC_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

struct safe_object {
    uint64_t map;  /* address of its link map */
    uint64_t bias; /* load bias */
    uint64_t next;
    uint32_t seen; /* objects before this one: ends a list that leads back to itself */
    bool is_program;
    uint64_t symbols, strings, hash; /* addresses of DT_SYMTAB, DT_STRTAB, DT_GNU_HASH */
};

/** Return the first and the next object. False: there are no more, or they are unreadable. */
bool safe_symbols_first(struct safe_object *ret);
bool safe_symbols_next(struct safe_object *object);

/** The address of a symbol that the object defines, 0 for none. ret_size may be NULL. */
uint64_t safe_symbols_find(const struct safe_object *object, const char *name, uint64_t *ret_size);

/** Whether the address lies in one of the object's executable segments. Not for the program itself. */
bool safe_symbols_has_code(const struct safe_object *object, uint64_t address);

#endif
