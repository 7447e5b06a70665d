/* SPDX-License-Identifier: MIT */
/* Memory of the process while it waits for this report, by questions to the helper that shares it (include/crumple_peek.h). */
#ifndef CRUMPLE_WRITER_CORE_PEEK_H
#define CRUMPLE_WRITER_CORE_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peek {
    int from, to; /* -1: the process cannot be asked */
    uint32_t number;
    bool is_silent; /* it did not answer in time: it is not asked again */
};

struct peek_item {
    uint64_t address;
    void *bytes; /* room for size bytes */
    uint32_t size;
    int error; /* 0, or a negative errno: -EFAULT not mapped, -EACCES hidden, -ENODATA cannot be asked, -ETIMEDOUT */
};

/** Takes two descriptors, which stay with the caller; -1: the process cannot be asked. */
void peek_open(int from, int to, struct peek *ret_peek);

static inline bool peek_is_there(const struct peek *peek)
{
    return peek->to >= 0 && !peek->is_silent;
}

/** Reads all items, of at most CRUMPLE_PEEK_SIZE_MAX bytes each, in as few questions as possible. */
void peek_read(struct peek *peek, struct peek_item *items, size_t count);

#endif
