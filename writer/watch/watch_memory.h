/* SPDX-License-Identifier: MIT */
/* Where values come from: the core, the process that waits, the read-only parts of files. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_MEMORY_H
#define CRUMPLE_WRITER_WATCH_WATCH_MEMORY_H

#include "core/peek.h"
#include "crash/crash.h"
#include "typed_memory.h"

struct watch_memory {
    struct crash *crash;
    struct peek *peek;
    bool prefers_process; /* the core was written while other threads ran: a word in it may be torn */
    bool has_peeked;      /* something came from the process, after the moment of the core */
    bool may_differ;      /* threads run on since that moment */
};

/** Reads all items; errors as in core/peek.h. */
void watch_memory_read(struct watch_memory *memory, struct peek_item *items, size_t count);

/** Reads one; of any size. */
bool watch_memory_get(struct watch_memory *memory, uint64_t address, void *bytes, size_t size);

/** For typed_print(). */
struct typed_memory watch_memory_typed(struct watch_memory *memory);

#endif
