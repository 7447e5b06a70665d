/* SPDX-License-Identifier: MIT */
/* The families together: libc's functions are looked up here, once, before anything is redirected. */
#include "redirected/redirected.h"

#include <errno.h>

#include "loader/real.h"
#include "track/sockets.h"
#include "proc/stdio.h"

static const struct redirected_family *const families[] = {
    &redirected_locks, &redirected_waits,   &redirected_sockets, &redirected_accepts,  &redirected_polls,
    &redirected_files, &redirected_loading, &redirected_guards,  &redirected_children,
};

/* What libc has of the rows. */
static struct redirect found[REDIRECT_ROWS_MAX];
static size_t found_count;
static bool complete;
static _Atomic bool started;

/* False when the program defines such a function itself: what it does is not ours to know. */
static bool find(const struct redirect *row)
{
    bool own = false;
    if (!*row->real)
        *row->real = real_shared(row->name, &own);
    if (*row->real && found_count < REDIRECT_ROWS_MAX)
        found[found_count++] = *row;
    return !own;
}

static bool find_all(void)
{
    bool all = true;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        for (size_t k = 0; k < families[i]->count; k++)
            all &= find(&families[i]->rows[k]);
    return all;
}

bool redirected_start(void)
{
    int saved = errno;
    if (started)
        return complete;
    if (safe_sockets_prepare() < 0)
        return false;
    complete = find_all();
    safe_stdio_set_list((uint64_t)real_find("_IO_list_all"));
    redirect_start(found, found_count);
    complete &= !redirect_missed();
    __atomic_store_n(&started, true, __ATOMIC_RELEASE);
    errno = saved;
    return complete;
}

bool redirected_again(void)
{
    return __atomic_load_n(&started, __ATOMIC_ACQUIRE) && redirect_again();
}
