/* SPDX-License-Identifier: MIT */
/*
 * Waits with a mask of their own: sigsuspend, ppoll, pselect, epoll_pwait. A handler that runs during the
 * wait runs with that mask, and a fault in it would go unseen. The belief lasts as long as the call. The
 * checked variants that _FORTIFY_SOURCE calls (__ppoll_chk) go past.
 */
#include "disposition.h"
#include "real.h"

HOOK int sigsuspend(const sigset_t *mask)
{
    struct disposition_wait wait;
    int rc;
    real_need();
    rc = real.sigsuspend(disposition_wait_begin(&wait, mask));
    disposition_wait_end(&wait);
    return rc;
}

HOOK int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct disposition_wait wait;
    int rc;
    real_need();
    rc = real.ppoll(fds, count, timeout, disposition_wait_begin(&wait, mask));
    disposition_wait_end(&wait);
    return rc;
}

HOOK int pselect(int count, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout,
                 const sigset_t *mask)
{
    struct disposition_wait wait;
    int rc;
    real_need();
    rc = real.pselect(count, in, out, except, timeout, disposition_wait_begin(&wait, mask));
    disposition_wait_end(&wait);
    return rc;
}

HOOK int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    struct disposition_wait wait;
    int rc;
    real_need();
    rc = real.epoll_pwait(fd, events, count, timeout, disposition_wait_begin(&wait, mask));
    disposition_wait_end(&wait);
    return rc;
}
