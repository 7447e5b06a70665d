/* SPDX-License-Identifier: MIT */
/*
 * Another interposer of sigaction, signal and pthread_create, as profilers and libjsig are: takes a lock of
 * its own over each call (which must not come back to it), then goes on to the next one.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
    int (*next)(int, const struct sigaction *, struct sigaction *) = dlsym(RTLD_NEXT, "sigaction");
    int rc;
    pthread_mutex_lock(&lock);
    rc = next(sig, act, old);
    pthread_mutex_unlock(&lock);
    return rc;
}

sighandler_t signal(int sig, sighandler_t handler)
{
    sighandler_t (*next)(int, sighandler_t) = dlsym(RTLD_NEXT, "signal");
    sighandler_t old;
    pthread_mutex_lock(&lock);
    old = next(sig, handler);
    pthread_mutex_unlock(&lock);
    return old;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *argument)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        dlsym(RTLD_NEXT, "pthread_create");
    int rc;
    pthread_mutex_lock(&lock);
    rc = next(thread, attr, routine, argument);
    pthread_mutex_unlock(&lock);
    return rc;
}
