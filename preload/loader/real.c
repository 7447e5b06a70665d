/* SPDX-License-Identifier: MIT */
#include "loader/real.h"

#include <string.h>

#include "base/sys.h"
#include "libc/calls/lookup.h"
#include "libc/calls/objects.h"

struct real real;

/* An address in this object. */
static bool is_ours(const void *p)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char etext[] __attribute__((visibility("hidden")));
    return (const char *)p >= __ehdr_start && (const char *)p < etext;
}

static void *resolve(const char *name)
{
    void *p = libc_lacks(name) ? NULL : libc_next(name);
    /* Preloaded twice, or through a copy: calling ourselves would never end. */
    return is_ours(p) ? NULL : p;
}

void *real_shared(const char *name, bool *ret_own)
{
    void *next = libc_next(name), *first = libc_find(name);
    if (!next || first == next)
        return next;
    switch (libc_place_of(first, name)) {
    case LIBC_PLACE_LINKAGE:
        return next;
    case LIBC_PLACE_LIBRARY:
        return first; /* another preloaded library stands before us: it calls on */
    case LIBC_PLACE_PROGRAM:
        break;
    }
    *ret_own = true;
    return NULL;
}

bool real_is_interposed(void)
{
    const char *path = libc_path_of((const void *)real.sigaction), *slash = path ? strrchr(path, '/') : NULL;
    return path && !libc_is_file(slash ? slash + 1 : path);
}

const char *real_resolve(void)
{
    struct real found;
#define REAL_RESOLVE(name) found.name = (__typeof__(found.name))resolve(#name);
    REAL_REQUIRED(REAL_RESOLVE)
    REAL_OPTIONAL(REAL_RESOLVE)
    REAL_USED(REAL_RESOLVE)
#define REAL_CHECK(name)                                                                                     \
    if (!found.name)                                                                                         \
        return #name;
    REAL_REQUIRED(REAL_CHECK)
    real = found;
    libc_objects_prepare();
    return NULL;
}

void real_make(void)
{
    if (real_resolve()) {
        static const char message[] = "crumple: libc lacks a required function; cannot continue\n";
        safe_call(SYS_write, 2, message, sizeof message - 1);
        safe_call(SYS_exit_group, 127);
    }
}
