/* SPDX-License-Identifier: MIT */
/* Reads a variable: once, or once for each thread, with one question for all of them at every step. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_VALUES_H
#define CRUMPLE_WRITER_WATCH_WATCH_VALUES_H

#include "watch/watch_find.h"

/* One variable of one thread, or of the process. */
struct watch_target {
    uint64_t start; /* bias of the module, or start of the thread's block */
    struct watch_value
        value;        /* answer: texts owned by the caller. With an error from the start it is not read */
    uint64_t address; /* for the time of reading */
    uint64_t trail[WATCH_FOLLOWS_MAX];
};

/** Reads them all. */
void watch_values_read(struct watch_memory *memory, const struct watch_found *found,
                       struct watch_target *targets, size_t count);

#endif
