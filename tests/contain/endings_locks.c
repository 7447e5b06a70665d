/* SPDX-License-Identifier: MIT */
/* Locks that are given back, kept, or were never seen, while the thread is ended. See endings.c. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

#include "endings.h"
#include "facts.h"

/* The plainest kind that notes its owner. */
#ifndef OWNED_MUTEX
#define OWNED_MUTEX PTHREAD_MUTEX_DEFAULT
#endif

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void give_back(void *lock)
{
    pthread_rwlock_unlock(lock);
}

static void read_with_cleanup(void)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_cleanup_push(give_back, &rwlock);
    write_null();
    pthread_cleanup_pop(1);
}

static void read_with_guard(void)
{
    read_under_guard(&rwlock);
}

/* Given back twice, the count of readers is less than none. */
static void tell_rwlock(void)
{
    fact("readers", "%d", (int)rwlock.__data.__readers >> 3);
    fact("trywrlock", "%d", pthread_rwlock_trywrlock(&rwlock));
}

void read_cleanup(char **unused)
{
    (void)unused;
    tell_end(start(conn_main, (void *)read_with_cleanup));
    tell_rwlock();
}

void read_guard(char **unused)
{
    (void)unused;
    tell_end(start(conn_main, (void *)read_with_guard));
    tell_rwlock();
}

/* --- past the redirected functions ---------------------------------------------------------------------- */

static int (*lock_unseen)(pthread_mutex_t *);
static bool takes_it;

/* One stack for all of them: whether there is a lock must not be read from it. */
static void take_if_wanted(void)
{
    if (takes_it)
        lock_unseen(&mutex);
}

void unseen_lock(char **arguments)
{
    int count = atoi(arguments[0]);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, OWNED_MUTEX);
    pthread_mutex_init(&mutex, &attributes);
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    *(void **)&lock_unseen = libc != NULL ? dlsym(libc, "pthread_mutex_lock") : NULL;
    if (lock_unseen == NULL)
        give_up("pthread_mutex_lock");
    for (int i = 1; i <= count; i++) {
        takes_it = i == count;
        tell_end(start(conn_main, (void *)take_if_wanted));
    }
}

/* --- kept ----------------------------------------------------------------------------------------------- */

static void take_and_keep(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
}

static void *keeping_main(void *unused)
{
    pthread_cleanup_push(take_and_keep, NULL);
    write_null();
    pthread_cleanup_pop(0);
    return unused;
}

void kept_lock(char **unused)
{
    (void)unused;
    tell_end(start(keeping_main, NULL));
}

void kept_lock_blocked(char **unused)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    kept_lock(unused);
}
