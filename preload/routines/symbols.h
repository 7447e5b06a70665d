/* SPDX-License-Identifier: MIT */
/*
 * Names of functions, from the files and the memory of the loaded objects. Ordinary code of pthread_create:
 * raw system calls, and one mapping that is unmapped afterwards instead of malloc. The reader trusts no
 * content of the files.
 */
#ifndef CRUMPLE_PRELOAD_ROUTINES_SYMBOLS_H
#define CRUMPLE_PRELOAD_ROUTINES_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "proc/maps.h"

#define ROUTINES_SYMBOLS      3 /* names of one address that are looked at */
#define ROUTINES_SYMBOL_BYTES 256

/* The mappings of the process, for the duration of a look-up. */
struct routines_map {
    struct safe_scratch scratch;
    struct safe_maps maps;
};

/** Returns 0 or a negative errno; on 0 routines_map_close() gives back the memory. */
int routines_map_open(struct routines_map *map);
void routines_map_close(struct routines_map *map);

struct routines_place {
    char module[64];  /* last component of the file's path, "" for none */
    uint64_t offset;  /* the address less the module's load bias */
    bool is_code;     /* in an executable mapping */
    uint32_t symbols; /* of symbol[]: functions that begin at the address, global ones first */
    char symbol[ROUTINES_SYMBOLS][ROUTINES_SYMBOL_BYTES];
};

/** True if the file that is mapped at the address can be opened and has all bytes of its segments. Of one that was cut
 * since (a library that is written over in place) some pages cannot be read. */
bool routines_is_whole(struct routines_map *map, uint64_t address);

void routines_place(struct routines_map *map, uint64_t address, struct routines_place *ret);

#endif
