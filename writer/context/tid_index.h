/* SPDX-License-Identifier: MIT */
/* Threads by their numbers: thousands of threads may ask who holds what they wait for. */
#ifndef CRUMPLE_WRITER_CONTEXT_TID_INDEX_H
#define CRUMPLE_WRITER_CONTEXT_TID_INDEX_H

#include "core/notes.h"

struct tid_index {
    const struct notes *notes;
    uint32_t *order; /* owned; numbers of threads, sorted by tid */
};

/** Returns 0 or -ENOMEM. */
int tid_index_make(const struct notes *notes, struct tid_index *ret);

void tid_index_release(struct tid_index *index);

/** The number of the thread in notes, or SIZE_MAX: no thread of the process. */
size_t tid_index_find(const struct tid_index *index, int64_t tid);

#endif
