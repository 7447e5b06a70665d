/* SPDX-License-Identifier: MIT */
/* The memory of the dead process, as far as it is known: the core's bytes first, then the read-only parts of
 * files. */
#ifndef CRUMPLE_WRITER_CORE_MEMORY_H
#define CRUMPLE_WRITER_CORE_MEMORY_H

#include "core/maps.h"
#include "core/modules.h"

struct memory {
    struct core_file *core;
    struct modules *modules;
    const struct maps *maps;
};

/** Copies size bytes at address. Returns whether all of them are known. */
bool memory_read(const struct memory *memory, uint64_t address, void *bytes, size_t size);

/**
 * Returns whether a call instruction ends at address: 1 yes, 0 no, -1 the code is unknown. A return address
 * on the stack always follows a call; a stale number seldom does.
 */
int memory_follows_call(const struct memory *memory, uint64_t address);

/** Finds where the direct call that ends at address leads. Returns false if none ends there. */
bool memory_call_target(const struct memory *memory, uint64_t address, uint64_t *ret_target);

/**
 * Returns true if a direct call ends at address whose target is at most reach bytes before pc: it may then be
 * the call of the function around pc.
 */
bool memory_calls(const struct memory *memory, uint64_t address, uint64_t pc, uint64_t reach);

#endif
