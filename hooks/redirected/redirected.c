/* SPDX-License-Identifier: MIT */
/* The families together: libc's functions are looked up here, once, before anything is redirected. */
#include "redirected/redirected.h"

#include <errno.h>

#include "libc/calls/loader_locks.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "state/config.h"
#include "track/peers.h"
#include "track/requests.h"
#include "track/sockets.h"
#include "libc/data/stdio.h"

/* Those that watch requests and refuse peers come first. */
static const struct redirected_family *const families[] = {
    &redirected_sockets, &redirected_accepts, &redirected_polls,  &redirected_loading,  &redirected_locks,
    &redirected_waits,   &redirected_files,   &redirected_guards, &redirected_children,
};
enum { FAMILIES_OF_REQUESTS = 4, FAMILIES_ALL = sizeof families / sizeof *families };

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
    if (*row->real && found_count < REDIRECT_ROWS_MAX) {
        found[found_count] = *row;
        if (row->watched && safe_peers_are_shared())
            found[found_count].hook = row->watched;
        found_count++;
    }
    return !own;
}

static bool find_all(size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < families[i]->count; k++)
            all &= find(&families[i]->rows[k]);
    return all;
}

static bool start(size_t count)
{
    int saved = errno;
    if (started)
        return complete;
    if (safe_sockets_prepare() < 0)
        return false;
    complete = find_all(count);
    safe_stdio_prepare(libc_find);
    redirect_start(found, found_count);
    complete &= !redirect_missed();
    __atomic_store_n(&started, true, __ATOMIC_RELEASE);
    errno = saved;
    return complete;
}

bool redirected_start(void)
{
    return start(FAMILIES_ALL);
}

/* By the first thread that comes here and finds the loader's locks free. */
static void begin(void)
{
    static _Atomic bool is_begun;
    int saved = errno;
    if (__atomic_exchange_n(&is_begun, true, __ATOMIC_ACQ_REL))
        return;
    __atomic_store_n(&safe_requests_watched, SAFE_WATCHING_SOME, __ATOMIC_RELEASE);
    if (loader_find() && loader_hold_all()) {
        if (safe_requests_prepare() == 0 &&
            start(crumple_config->recover ? FAMILIES_ALL : FAMILIES_OF_REQUESTS))
            __atomic_store_n(&safe_requests_watched, SAFE_WATCHING_ALL, __ATOMIC_RELEASE);
        loader_leave_all();
    } else {
        __atomic_store_n(&is_begun, false, __ATOMIC_RELEASE);
    }
    errno = saved;
}

void redirected_begin_for_hold(void)
{
    if (__builtin_expect(!safe_peers_are_shared(), 1) || __atomic_load_n(&started, __ATOMIC_ACQUIRE))
        return;
    begin();
}

void redirected_prepare_for_hold(char *const *envp)
{
    /* The locks are found now, while there is one thread. */
    if (safe_peers_are_shared() && loader_find() && settings_getenv((char **)envp, "LISTEN_FDS"))
        begin();
}

bool redirected_again(void)
{
    return __atomic_load_n(&started, __ATOMIC_ACQUIRE) && redirect_again();
}
