/* SPDX-License-Identifier: MIT */
/* One loaded object as the redirection reads it: its relocations, their symbols, and the limits of its
 * memory. Every address is checked against the object's own segments before use. In ordinary code of
 * pthread_create and dlsym. */
#ifndef CRUMPLE_PRELOAD_REDIRECT_OBJECT_H
#define CRUMPLE_PRELOAD_REDIRECT_OBJECT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIRECT_PAGE 4096u

struct redirect_table {
    const Elf64_Rela *rela;
    size_t count;
};

struct redirect_object {
    uint64_t bias; /* what is added to the addresses of the file */
    const Elf64_Phdr *phdr;
    size_t phdr_count;
    uint64_t relro_start, relro_end; /* whole pages, as ld.so makes them read-only; equal: none */
    struct redirect_table plt, data; /* DT_JMPREL, DT_RELA with symbols; count 0: none */
    const Elf64_Sym *symbols;
    const char *names;
    uint64_t names_bytes;
    const uint16_t *versions; /* index of the version each symbol wants; NULL: none */
    const Elf64_Verneed *needs;
    uint64_t need_count;
    uint64_t gnu_hash, sysv_hash; /* addresses of the tables of defined symbols, 0: none */
};

/** Fills *ret; false for an object that has nothing to redirect. Reads only memory inside the object's
 * segments. */
bool redirect_object_read(struct redirect_object *ret, uint64_t bias, const Elf64_Phdr *phdr, size_t count);
/** True when all of these bytes lie in one segment. */
bool redirect_object_holds(const struct redirect_object *o, uint64_t address, uint64_t bytes);
/** True when the address lies in an executable segment. */
bool redirect_object_runs(const struct redirect_object *o, uint64_t address);
/** Bytes from the address to the end of its segment, which is executable and readable; 0: it lies in no such one. */
uint64_t redirect_object_code(const struct redirect_object *o, uint64_t address);
/** Return the symbol, NULL if the index is outside the table; and its name, NULL if it has none. */
const Elf64_Sym *redirect_object_symbol(const struct redirect_object *o, uint32_t index);
const char *redirect_object_name(const struct redirect_object *o, uint32_t index);
/** True if the object asks for exactly this version of the symbol. version NULL: false. */
bool redirect_object_wants(const struct redirect_object *o, uint32_t index, const char *version);
/** Address of the symbol in the object itself; 0 where it does not define it. As dlsym, but without its lock and its
 * error text. */
uint64_t redirect_object_defines(const struct redirect_object *o, const char *name);

#endif
