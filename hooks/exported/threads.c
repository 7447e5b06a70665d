/* SPDX-License-Identifier: MIT */
/* pthread_create, C11's thrd_create (never contained: it has no recovery frame), fork and daemon.
 * SIGEV_THREAD and raw clone go past: such threads are captured, but not wrapped. */
#include <errno.h>
#include <stdint.h>

#include "state/recovery.h"
#include "state/config.h"
#include "libc/calls/loader_locks.h"
#include "libc/calls/lookup.h"
#include "libc/data/signals.h"
#include "loader/real.h"
#include "end/admit.h"
#include "end/code.h"
#include "end/frame.h"
#include "hold/hold.h"
#include "redirected/redirected.h"
#include "contain/keeper.h"
#include "calls/threads.h"

HOOK pid_t fork(void)
{
    real_need();
    if (crumple_config)
        threads_forking();
    safe_hold_look();
    safe_recover_forking++;
    pid_t pid = real.fork();
    if (pid == 0)
        safe_recover_forking = 0;
    else
        safe_recover_forking--;
    if (pid == 0 && crumple_config)
        threads_forked();
    return pid;
}

/* Forks inside libc, past the hook above: from then on the child would share its first fault with its own
 * vfork children. */
HOOK int daemon(int stay, int keep_descriptors)
{
    real_need();
    int error = real.daemon(stay, keep_descriptors);
    if (error == 0 && crumple_config)
        threads_forked();
    return error;
}

/* The same. In libutil before glibc 2.34, which may come after us. */
HOOK int forkpty(int *master, char *name, const struct termios *term, const struct winsize *size)
{
    real_need();
    if (!real.forkpty)
        real.forkpty = libc_next("forkpty");
    if (!real.forkpty) {
        errno = ENOSYS;
        return -1;
    }
    int pid = real.forkpty(master, name, term, size);
    if (pid == 0 && crumple_config)
        threads_forked();
    return pid;
}

/*
 * Once, by whichever thread makes the first other one. It is alone, or almost: libc makes threads of its own
 * (timers), C11's are not wrapped. Where one of those has the loader's locks, the next pthread_create tries
 * again, and the thread that is made now is not contained.
 */
static bool may_recover(void)
{
    static _Atomic int state; /* 0 not yet, 1 being done, 2 no, 3 yes */
    int now = 0, then = 0;
    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == 0 &&
        __atomic_compare_exchange_n(&state, &now, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        if (loader_hold_all()) {
            then = redirected_start() && recover_prepare() ? 3 : 2;
            loader_leave_all();
        }
        __atomic_store_n(&state, then, __ATOMIC_RELEASE);
    }
    return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == 3;
}

/* False: the routine's breaker rejects the thread. */
static bool make_recoverable(struct safe_altstack *a, const pthread_attr_t *attr)
{
    int saved = errno;
    if (may_recover()) {
        code_look(redirected_again());
        safe_keeper_reap();
        if (!recover_admit(a, attr))
            return false;
        a->is_recoverable = true;
    }
    errno = saved;
    return true;
}

static void note_mask(struct safe_altstack *a, const pthread_attr_t *attr)
{
    sigset_t mask;
    if (attr && real.pthread_attr_getsigmask_np && real.pthread_attr_getsigmask_np(attr, &mask) == 0)
        threads_mask(a, &mask);
}

HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *),
                        void *argument)
{
    /* Before glibc 2.34 libpthread may have been loaded after us. */
    if (!real.pthread_create)
        (void)real_resolve();
    if (!real.pthread_create)
        return ENOSYS;
    safe_hold_look();
    redirected_begin_for_hold();
    struct safe_altstack *wrapped = crumple_config ? threads_wrap(routine, argument) : NULL;
    if (!wrapped)
        return real.pthread_create(thread, attr, routine, argument);
    uint64_t shadow =
        wrapped->shadow; /* the new thread may be over, and the entry another's, when the call returns */
    note_mask(wrapped, attr);
    if (crumple_config->recover && !make_recoverable(wrapped, attr)) {
        threads_made(wrapped, shadow, EAGAIN);
        return EAGAIN;
    }
    int error = real.pthread_create(thread, attr, threads_run, wrapped);
    if (error && wrapped->is_recoverable)
        recover_withdraw(wrapped);
    threads_made(wrapped, shadow, error);
    return error;
}

static int run_c11(void *wrapped)
{
    if (LIBC_BLOCKS_IN_C11_THREADS)
        threads_masked_by_libc(wrapped);
    return (int)(intptr_t)threads_run(wrapped);
}

HOOK int thrd_create(pthread_t *thread, int (*routine)(void *), void *argument)
{
    if (!real.thrd_create)
        (void)real_resolve();
    if (!real.thrd_create)
        return 2; /* thrd_error */
    /* The routine's int comes back in the register of a pointer; run_c11 cuts it to size. */
    struct safe_altstack *wrapped =
        crumple_config ? threads_wrap((void *(*)(void *))(void *)routine, argument) : NULL;
    if (!wrapped)
        return real.thrd_create(thread, routine, argument);
    uint64_t shadow = wrapped->shadow;
    int error = real.thrd_create(thread, run_c11, wrapped);
    threads_made(wrapped, shadow, error);
    return error;
}
