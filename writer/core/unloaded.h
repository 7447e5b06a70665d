/* SPDX-License-Identifier: MIT */
/*
 * Modules that were unloaded by dlclose before the fault. An address is named by one only where nothing is
 * mapped now: the note may be older than what lies there.
 */
#ifndef WRITER_CORE_UNLOADED_H
#define WRITER_CORE_UNLOADED_H

#include "core/maps.h"
#include "explain/signal.h"

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

/** Returns the module that was last at address, or NULL, also where something is mapped there. */
const struct unloaded_module *unloaded_find(const struct unloaded *unloaded, const struct maps *maps,
                                            uint64_t address);

/** Returns the last component of the path. */
const char *unloaded_basename(const struct unloaded_module *module);

/**
 * Says in words what the fault is where its address was unloaded, and sets its class; leaves other
 * faults alone. registers may be NULL.
 */
void unloaded_describe(const struct unloaded *unloaded, const struct maps *maps, const siginfo_t *signal,
                       const struct user_regs_struct *registers, struct signal_words *words);

#endif
