/* SPDX-License-Identifier: MIT */
/*
 * dlsym, dlvsym: who has just loaded an object looks something up in it before it can use it. So that is when
 * its own calls are redirected, too. The search depends on who calls (RTLD_NEXT): libc's function is jumped
 * to, as the last thing, and finds the caller's return address. Redirected, not exported.
 */
#include <dlfcn.h>
#include <stdbool.h>

#include "state/recovery.h"
#include "end/code.h"
#include "redirected/redirected.h"

static struct {
    void *(*dlsym)(void *handle, const char *name);
    void *(*dlvsym)(void *handle, const char *name, const char *version);
} libc;

static void look(void)
{
    bool changed = redirected_again();
    if (safe_recover_ready)
        code_look(changed);
}

static void *look_up(void *handle, const char *name)
{
    look();
    return libc.dlsym(handle, name);
}

static void *look_up_version(void *handle, const char *name, const char *version)
{
    look();
    return libc.dlvsym(handle, name, version);
}

static const struct redirect rows[] = {
    REDIRECTED(dlsym, look_up),
    REDIRECTED(dlvsym, look_up_version),
};

REDIRECTED_FAMILY(redirected_loading, rows);
