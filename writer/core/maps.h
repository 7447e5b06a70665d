/* SPDX-License-Identifier: MIT */
/*
 * The address space of the process as ranges with permissions, from the maps note, or, without one, from the
 * program headers of the core. It answers 'may this be a return address' and 'what lies at the fault
 * address'.
 */
#ifndef CRUMPLE_WRITER_CORE_MAPS_H
#define CRUMPLE_WRITER_CORE_MAPS_H

#include <stdbool.h>

#include "core/core_file.h"

struct maps_range {
    uint64_t start, end;
    char permissions[5]; /* "r-xp" */
    uint64_t inode;      /* of its file; 0: none, or not known */
    const char *path;    /* in the note, not ended by NUL; NULL if none */
    size_t path_size;
};

struct maps {
    struct maps_range *ranges; /* owned, sorted */
    size_t count;
};

/** The length of a path without the kernel's mark of a deleted file. */
size_t path_without_deleted(const char *path, size_t size);

/** Reads text as /proc/PID/maps; lines that do not parse are skipped. Returns 0 or -ENOMEM. */
int maps_read(struct core_span text, struct maps *ret_maps);

/** Takes the ranges of the core's program headers. Returns 0 or -ENOMEM. */
int maps_read_core(const struct core_file *core, struct maps *ret_maps);

void maps_release(struct maps *maps);

/** Returns the range around address, or NULL. */
const struct maps_range *maps_find(const struct maps *maps, uint64_t address);

/** Returns the first range that starts above address, or NULL. */
const struct maps_range *maps_next(const struct maps *maps, uint64_t address);

/** Whether the file was deleted or replaced while it was mapped. */
bool maps_is_deleted(const struct maps_range *range);

bool maps_is_executable(const struct maps *maps, uint64_t address);

#endif
