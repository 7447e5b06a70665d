/* SPDX-License-Identifier: MIT */
/* The parts of loaded modules that a debugger needs from memory: ELF headers, build-ids, dynamic sections,
 * link maps, the vDSO. In the helper. */
#ifndef CRUMPLE_PRELOAD_MEMORY_MODULES_H
#define CRUMPLE_PRELOAD_MEMORY_MODULES_H

#include <stdint.h>

#include <elf.h>

#include "proc/maps.h"
#include "memory/segments.h"

/* A run of neighbouring mappings of one file, of which at least one is executable. */
struct safe_module {
    uint32_t first, count; /* in maps->map */
};

/** The next module at or behind mapping *at; false at the end. */
bool safe_modules_next(const struct safe_maps *maps, uint32_t *at, struct safe_module *ret_module);

/* How near a module is to the fault: memory/called.h. */
enum safe_called {
    SAFE_CALLED_BY_NOBODY = 0,
    SAFE_CALLED_BY_OTHERS = 1,  /* a stack of another thread leads to it */
    SAFE_CALLED_BY_FAULTING = 2 /* the faulting thread's stack does; also the executable and the loader */
};

#define SAFE_MODULES_PHDRS 32

/** Reads the program headers of the module whose ELF header lies at the mapping's start: *ret_table is their
 * address. Returns their number, 0 where there are none. */
int safe_modules_headers(const struct safe_map *head, Elf64_Phdr phdr[SAFE_MODULES_PHDRS], uint64_t *ret_bias,
                         uint64_t *ret_table);

/**
 * Marks the modules whose file is missing or replaced, and the mappings whose bytes differ from the file. Returns the
 * maximum size of the thread-local variables of all modules.
 */
uint64_t safe_modules_mark(const struct safe_maps *maps);

/** Adds the segments of the modules whose nearness is 'by', the vDSO among the nearest; for a module whose file is
 * missing or replaced, also unwind tables and symbols. */
void safe_modules_add(struct safe_segments *list, const struct safe_maps *maps, enum safe_called by);

/** gdb finds the libraries by walking _r_debug's chain of link maps. */
void safe_modules_add_link_maps(struct safe_segments *list);

#endif
