/* SPDX-License-Identifier: MIT */
/* What the tests of preload/routines share: libraries to look names up in, and the names that were found. */
#ifndef CRUMPLE_TESTS_UNIT_PRELOAD_ROUTINES_ROUTINES_H
#define CRUMPLE_TESTS_UNIT_PRELOAD_ROUTINES_ROUTINES_H

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libc/calls/loader_locks.h"
#include "routines/table.h"
#include "unit.h"

typedef void *routine(void *);

/* The loader's lock: no other thread of a test loads anything. */
bool loader_hold_list(void)
{
    return true;
}

void loader_leave_list(void)
{
}

static inline void set_up(void)
{
    ck_assert_int_eq(routines_prepare(), 0);
}

static inline const struct safe_routine *found(routine *r, void *argument)
{
    uint16_t index = routines_find(r, argument);
    ck_assert_uint_ne(index, 0);
    ck_assert_uint_eq(routines_find(r, argument), index);
    return &safe_routines[index - 1];
}

static inline bool is_called(const struct safe_routine *r, const char *name)
{
    const char *p;
    for (p = r->names; *p; p += strlen(p) + 1)
        if (strcmp(p, name) == 0)
            return true;
    return false;
}

static inline const char *all_names(const struct safe_routine *r)
{
    static char text[ROUTINE_NAMES_BYTES];
    size_t i;
    memcpy(text, r->names, sizeof text);
    for (i = 0; i + 1 < sizeof text && (text[i] || text[i + 1]); i++)
        if (!text[i])
            text[i] = '|';
    return text;
}

#define ck_called(r, name) ck_assert_msg(is_called(r, name), "'%s' is not among %s", name, all_names(r))

/* A library beside this program. */
static inline char *library(const char *name)
{
    static char path[1024];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    ck_assert_int_gt(n, 0);
    path[n] = '\0';
    strcpy(strrchr(path, '/') + 1, name);
    return path;
}

static inline void *load(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW);
    ck_assert_msg(handle != NULL, "%s", dlerror());
    return handle;
}

static inline routine *get(void *handle, const char *name)
{
    routine *p;
    *(void **)&p = dlsym(handle, name);
    ck_assert_ptr_nonnull(p);
    return p;
}

/* What a function without arguments returns. */
static inline routine *given(void *handle, const char *name)
{
    routine *(*giver)(void);
    *(void **)&giver = dlsym(handle, name);
    ck_assert_ptr_nonnull(giver);
    return giver();
}

/* 'module+0xOFFSET' of an address, as addr2line would want it. */
static inline const char *offset_name(const void *address)
{
    static char text[256];
    Dl_info info;
    ck_assert_int_ne(dladdr(address, &info), 0);
    snprintf(text, sizeof text, "%s+0x%lx", strrchr(info.dli_fname, '/') + 1,
             (unsigned long)((const char *)address - (const char *)info.dli_fbase));
    return text;
}

#endif
