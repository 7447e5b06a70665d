/* SPDX-License-Identifier: MIT */
#include "libc/calls/objects.h"

#include <stddef.h>
#include <stdint.h>

#include "libc/calls/lookup.h"

/* The beginning of libc's struct (dlfcn.h), which old headers do not have, with room for the rest. */
struct found {
    unsigned long long flags;
    const char *start, *end;
    uint64_t rest[16];
};

/* Since 2.35. */
static int (*find)(void *code, struct found *ret);

void libc_objects_prepare(void)
{
    static const char name[] = "_dl_find_object";
    if (!libc_lacks(name))
        *(void **)&find = libc_next(name);
}

bool libc_finds_objects(void)
{
    return find != NULL;
}

bool libc_object_at(const void *code, const char **ret_start, const char **ret_end)
{
    struct found found = {0};
    if (!find || find((void *)(uintptr_t)code, &found) != 0)
        return false;
    *ret_start = found.start;
    *ret_end = found.end;
    return true;
}
