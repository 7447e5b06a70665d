/* SPDX-License-Identifier: MIT */
/* pthread_create and fork. C11's thrd_create, SIGEV_THREAD and raw clone go past it: such threads are
 * captured, but not wrapped. */
#include <errno.h>

#include "config.h"
#include "real.h"
#include "threads.h"

HOOK pid_t fork(void)
{
    pid_t pid;
    real_need();
    pid = real.fork();
    if (pid == 0 && crumple_config)
        threads_forked();
    return pid;
}

HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *),
                        void *argument)
{
    struct safe_altstack *wrapped;
    uint64_t shadow;
    int rc;
    /* Before glibc 2.34 libpthread may have been loaded after us. */
    if (!real.pthread_create)
        (void)real_resolve();
    if (!real.pthread_create)
        return ENOSYS;
    wrapped = crumple_config ? threads_wrap(routine, argument) : NULL;
    if (!wrapped)
        return real.pthread_create(thread, attr, routine, argument);
    shadow = wrapped->shadow; /* the new thread may be over, and the entry another's, when the call returns */
    rc = real.pthread_create(thread, attr, threads_run, wrapped);
    threads_made(wrapped, shadow, rc);
    return rc;
}
