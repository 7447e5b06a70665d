/* SPDX-License-Identifier: MIT */
/*
 * Signal masks: sigprocmask, pthread_sigmask, sighold, sigrelse. A fault whose signal is blocked kills
 * without any handler being asked, so the synchronous signals stay out of the effective mask while crumple
 * stands in for their default; the application reads back the mask it set. Calls inside libc (siglongjmp,
 * swapcontext, sigblock) are not seen.
 */
#include <errno.h>

#include "calls/masks.h"
#include "loader/real.h"

HOOK int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    real_need();
    return masks_change(real.sigprocmask, how, set, old);
}

HOOK int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    real_need();
    /* Before glibc 2.32 it lies in libpthread, which may not be there; the error is the result, not errno. */
    if (!real.pthread_sigmask)
        return masks_change(real.sigprocmask, how, set, old) < 0 ? errno : 0;
    return masks_change(real.pthread_sigmask, how, set, old);
}

static int change(int how, int sig)
{
    sigset_t one;
    if (sigemptyset(&one) < 0 || sigaddset(&one, sig) < 0)
        return -1;
    return sigprocmask(how, &one, NULL);
}

HOOK int sighold(int sig)
{
    return change(SIG_BLOCK, sig);
}

HOOK int sigrelse(int sig)
{
    return change(SIG_UNBLOCK, sig);
}
