/* SPDX-License-Identifier: MIT */
/*
 * Modules that dlclose unloaded before the fault. Such a module names an address only if nothing is mapped
 * there now: a present mapping may be newer than the note.
 */
#ifndef CRUMPLE_WRITER_CORE_UNLOADED_H
#define CRUMPLE_WRITER_CORE_UNLOADED_H

#include "core/maps.h"

#define UNLOADED_MAX 64 /* of the process keeps no more */

struct unloaded_module {
    uint64_t start, end;
    char *path; /* owned */
};

struct unloaded {
    struct unloaded_module items[UNLOADED_MAX]; /* the latest first */
    size_t count;
};

/** Reads the note; lines that do not parse are skipped. Returns 0 or -ENOMEM. */
int unloaded_read(struct core_span note, struct unloaded *ret_unloaded);

void unloaded_release(struct unloaded *unloaded);

/** Returns the module that was last at address; NULL if there was none or the address is mapped. */
const struct unloaded_module *unloaded_find(const struct unloaded *unloaded, const struct maps *maps,
                                            uint64_t address);

/** Returns the last component of the path. */
const char *unloaded_basename(const struct unloaded_module *module);

#endif
