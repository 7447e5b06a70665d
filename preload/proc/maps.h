/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps as a sorted table. */
#ifndef CRUMPLE_PRELOAD_PROC_MAPS_H
#define CRUMPLE_PRELOAD_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"

struct safe_map {
    uint64_t start, end, offset;
    uint64_t dev, ino;
    const char *path; /* in the text, not ended: path_bytes; "" for none */
    uint32_t path_bytes;
    bool readable, writable, executable, shared;
    /* of a file, and memory may differ from it: a writable segment, or the file is another */
    bool is_changed;
    bool is_gone;      /* the head of a library whose file was deleted or replaced */
    uint8_t called_by; /* code: whose stack leads to it (enum safe_called, memory/modules.h) */
};

struct safe_maps {
    const char *text;
    size_t text_bytes;
    struct safe_map *map; /* ascending */
    size_t count;
    uint64_t own_start, own_end; /* the scratch memory: mapped for the capture, after the fault */
};

/** Reads and parses. Returns 0 or a negative errno; the tables live in the scratch memory. */
int safe_maps_read(struct safe_maps *maps, int pid, struct safe_scratch *scratch);
/** Parses text that lies at the start of the scratch memory's rest, and keeps it. */
int safe_maps_parse(struct safe_maps *maps, const char *text, size_t n, struct safe_scratch *scratch);
/** The mapping that holds the address, or NULL. */
const struct safe_map *safe_maps_find(const struct safe_maps *maps, uint64_t address);
/** The first mapping that begins above the address, or NULL. */
const struct safe_map *safe_maps_above(const struct safe_maps *maps, uint64_t address);
bool safe_map_is(const struct safe_map *map, const char *path);
/** Also if the file was deleted or replaced since. */
bool safe_map_was(const struct safe_map *map, const char *path);
/** True for the first mapping of a file's image: where an ELF header would be. */
bool safe_map_is_file(const struct safe_map *map);

#endif
