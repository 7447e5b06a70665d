/* SPDX-License-Identifier: MIT */
/*
 * Dispositions: sigaction, __sigaction, signal, bsd_signal, ssignal, sysv_signal, __sysv_signal, sigset,
 * sigignore. siginterrupt is not hooked: libc's changes only SA_RESTART of what is installed, which is of no
 * consequence to ours.
 */
#include <errno.h>

#include "state/signals.h"
#include "calls/disposition.h"
#include "libc/data/signals.h"
#include "loader/real.h"

HOOK int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
    real_need();
    return disposition_set(sig, act, old);
}

HOOK __typeof__(sigaction) __sigaction __attribute__((alias("sigaction"), nothrow, leaf));

static real_handler set_handler(int sig, real_handler handler, int flags)
{
    struct sigaction act = {.sa_handler = handler, .sa_flags = flags}, old;
    return sigaction(sig, &act, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* libc's signal() knows the setting of siginterrupt(), so use it where possible. */
HOOK real_handler signal(int sig, real_handler handler)
{
    real_need();
    if (handler == SIG_DFL && safe_is_taken_signal(sig))
        return set_handler(sig, SIG_DFL, SA_RESTART);
    real_handler old = real.signal(sig, handler);
    if (old == SIG_ERR)
        return old;
    old = disposition_shown(sig, old);
    disposition_bypassed(sig);
    return old;
}

HOOK __typeof__(signal) bsd_signal __attribute__((alias("signal"), nothrow, leaf));

HOOK __typeof__(signal) ssignal __attribute__((alias("signal"), nothrow, leaf));

HOOK real_handler __sysv_signal(int sig, real_handler handler)
{
    if (handler == SIG_ERR || sig < 1 || sig >= NSIG) {
        errno = EINVAL;
        return SIG_ERR;
    }
    return set_handler(sig, handler, (int)LIBC_SYSV_FLAGS);
}

HOOK __typeof__(__sysv_signal) sysv_signal __attribute__((alias("__sysv_signal"), nothrow, leaf));

/* sigset(3): also holds and releases the signal, and tells by SIG_HOLD that it was held. */
HOOK real_handler sigset(int sig, real_handler handler)
{
    sigset_t one, before;
    real_need();
    if (!safe_is_taken_signal(sig))
        return real.sigset(sig, handler);
    sigemptyset(&one);
    sigaddset(&one, sig);
    if (handler == SIG_HOLD) {
        struct sigaction now;
        if (sigprocmask(SIG_BLOCK, &one, &before) < 0 || sigaction(sig, NULL, &now) < 0)
            return SIG_ERR;
        return sigismember(&before, sig) ? SIG_HOLD : now.sa_handler;
    }
    real_handler old = set_handler(sig, handler, 0);
    if (old == SIG_ERR || sigprocmask(SIG_UNBLOCK, &one, &before) < 0)
        return SIG_ERR;
    return sigismember(&before, sig) ? SIG_HOLD : old;
}

HOOK int sigignore(int sig)
{
    return set_handler(sig, SIG_IGN, 0) == SIG_ERR ? -1 : 0;
}
