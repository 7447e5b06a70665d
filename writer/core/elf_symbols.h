/* SPDX-License-Identifier: MIT */
/*
 * Names of functions and variables. One pass over a module's symbol table answers all queries about it. Only the few
 * queries are sorted, nothing is copied, and names stay in the mapped file.
 */
#ifndef CRUMPLE_WRITER_CORE_ELF_SYMBOLS_H
#define CRUMPLE_WRITER_CORE_ELF_SYMBOLS_H

#include "core/modules.h"

struct symbol_query {
    uint64_t address;   /* asked: vaddr in the module, that is without its bias */
    const char *name;   /* answer: not ended by NUL; NULL if no symbol covers the address */
    uint32_t name_size; /* without @VERSION */
    uint64_t start;     /* answer: vaddr of the symbol */
    uint64_t size;      /* answer: of the symbol; 0: a label, behind which the address lies */
    uint32_t tag;       /* the caller's */
    bool is_data;       /* asked: a variable's name, not a function's */
    bool takes_labels;  /* asked: else the nearest function without a size, which assemblers write */
};

/**
 * Answers count queries, sorted by address, about module: from its file's .symtab, else .dynsym together with
 * the separate debug file or the compressed .gnu_debugdata; from the core's memory if the file is missing.
 * The names live as long as the module and the core.
 */
void elf_symbols_resolve(struct core_file *core, struct module *module, struct symbol_query *queries,
                         size_t count);

/** Maps the module's separate debug file, if it is installed: module->debug_image. */
void elf_symbols_open_debug(struct module *module);

struct symbol_named {
    const char *name;
    uint64_t address; /* answer: vaddr of the definition in the module, or 0 */
};

/** Looks count functions up by their names, in .symtab and .dynsym of the module's file. */
void elf_symbols_find(const struct module *module, struct symbol_named *names, size_t count);

#endif
