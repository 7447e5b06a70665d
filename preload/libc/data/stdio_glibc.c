/* SPDX-License-Identifier: MIT */
/* Safe file: reads glibc's list of FILEs (libio/libioP.h) without its lock, and never faults. */
#include "libc/data/stdio.h"

#include <stddef.h>
#include <stdio.h>

#include "base/io.h"

#define FILES_MAX 512

/* sysdeps/nptl/stdio-lock.h */
struct stdio_lock {
    int lock, count;
    uint64_t owner;
};

static uint64_t list_address;

void safe_stdio_prepare(void *(*find)(const char *name))
{
    list_address = (uint64_t)find("_IO_list_all");
}

bool safe_stdio_lists_all(void)
{
    return true;
}

bool safe_stdio_held(uint64_t thread_pointer)
{
    uint64_t at = 0;
    if (!list_address || safe_read_memory(list_address, &at, sizeof at) < 0)
        return true;
    for (int i = 0; at; i++) {
        struct _IO_FILE file;
        struct stdio_lock lock;
        if (i == FILES_MAX || safe_read_memory(at, &file, sizeof file) < 0)
            return true;
        if (file._lock && safe_read_memory((uint64_t)file._lock, &lock, sizeof lock) == 0 &&
            lock.owner == thread_pointer)
            return true;
        at = (uint64_t)file._chain;
    }
    return false;
}
