/* SPDX-License-Identifier: MIT */
#include "context/tid_index.h"

#include <errno.h>
#include <stdlib.h>

static int compare(const void *left, const void *right, void *notes)
{
    const struct notes_thread *threads = ((const struct notes *)notes)->threads;
    const int32_t a = threads[*(const uint32_t *)left].tid, b = threads[*(const uint32_t *)right].tid;
    return a < b ? -1 : a > b;
}

int tid_index_make(const struct notes *notes, struct tid_index *ret)
{
    *ret = (struct tid_index){notes, malloc((notes->thread_count + 1) * sizeof *ret->order)};
    if (!ret->order)
        return -ENOMEM;
    for (uint32_t i = 0; i < notes->thread_count; i++)
        ret->order[i] = i;
    qsort_r(ret->order, notes->thread_count, sizeof *ret->order, compare, (void *)(uintptr_t)notes);
    return 0;
}

void tid_index_release(struct tid_index *index)
{
    free(index->order);
    *index = (struct tid_index){0};
}

size_t tid_index_find(const struct tid_index *index, int64_t tid)
{
    size_t low = 0, high = index->notes->thread_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (index->notes->threads[index->order[middle]].tid < tid)
            low = middle + 1;
        else
            high = middle;
    }
    if (tid <= 0 || low == index->notes->thread_count || index->notes->threads[index->order[low]].tid != tid)
        return SIZE_MAX;
    return index->order[low];
}
