/* SPDX-License-Identifier: MIT */
/*
 * libc exports neither lock, and their places in ld.so's _rtld_global differ from version to version. The
 * list's lock is found by what it does: the one recursive mutex in there that is held in a callback of
 * dl_iterate_phdr and free outside of it. The lock of lookups stands right before it in every glibc
 * (sysdeps/generic/ldsodefs.h: _dl_load_lock, _dl_load_write_lock).
 */
#include "libc/calls/loader_locks.h"

#include <link.h>
#include <pthread.h>
#include <stdint.h>

#include "libc/calls/lookup.h"
#include "proc/symbols.h"
#include "state/config.h"

static pthread_mutex_t *list_lock, *lookup_lock;
/* In libpthread before glibc 2.34, which may not be loaded. */
static int (*trylock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);

struct search {
    uint64_t start, end;
    pthread_mutex_t *found;
    int count;
};

static bool is_at(const pthread_mutex_t *m, unsigned held)
{
    return m->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP && m->__data.__count == held;
}

/* One callback is enough. */
static int look(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *s = argument;
    (void)info, (void)size;
    for (uint64_t at = s->start; at + sizeof(pthread_mutex_t) <= s->end; at += sizeof(void *))
        if (is_at((pthread_mutex_t *)at, 1)) {
            s->found = (pthread_mutex_t *)at;
            s->count++;
        }
    return 1;
}

/* _rtld_global, of the object whose load address ld.so tells to debuggers as its own. */
static bool find_globals(struct search *s)
{
    const struct r_debug *debug = crumple_config ? (const struct r_debug *)crumple_config->r_debug : NULL;
    struct safe_object object;
    for (bool more = debug && safe_symbols_first(&object); more; more = safe_symbols_next(&object))
        if (object.bias == debug->r_ldbase) {
            uint64_t bytes = 0;
            s->start = safe_symbols_find(&object, "_rtld_global", &bytes);
            s->end = s->start + bytes;
            return s->start && s->start % sizeof(void *) == 0;
        }
    return false;
}

bool loader_find(void)
{
    struct search s = {0};
    if (list_lock)
        return true;
    *(void **)&trylock = libc_next("pthread_mutex_trylock");
    *(void **)&unlock = libc_next("pthread_mutex_unlock");
    if (!trylock || !unlock || !find_globals(&s))
        return false;
    dl_iterate_phdr(look, &s);
    if (s.count != 1 || !is_at(s.found, 0) || (uint64_t)(s.found - 1) < s.start || !is_at(s.found - 1, 0))
        return false;
    list_lock = s.found;
    lookup_lock = s.found - 1;
    return true;
}

static bool hold(pthread_mutex_t *lock)
{
    return lock && trylock(lock) == 0;
}

bool loader_hold_list(void)
{
    return hold(list_lock);
}

void loader_leave_list(void)
{
    unlock(list_lock);
}

bool loader_hold_all(void)
{
    /* In the loader's own order. */
    if (!hold(lookup_lock))
        return false;
    if (hold(list_lock))
        return true;
    unlock(lookup_lock);
    return false;
}

void loader_leave_all(void)
{
    unlock(list_lock);
    unlock(lookup_lock);
}
