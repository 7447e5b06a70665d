/* SPDX-License-Identifier: MIT */
/*
 * Waits with a mask of their own: sigsuspend, ppoll (and what _FORTIFY_SOURCE makes of it), pselect,
 * epoll_pwait, epoll_pwait2. A handler that runs during the wait runs with that mask, and a fault in it would
 * go unseen. The belief lasts as long as the call; where the thread is cancelled in it, as in the kernel, the
 * mask of the wait stays. What they tell of a thread's role goes to redirected/polls.c.
 */
#include <errno.h>

#include "calls/masks.h"
#include "loader/real.h"
#include "redirected/redirected.h"
#include "state/thread.h"
#include "track/requests.h"

/* CALL is made with the mask of masks_wait_begin(&wait, ...) in force; its result and errno are the hook's. */
#define WAITING(CALL)                                                                                        \
    do {                                                                                                     \
        struct masks_wait wait;                                                                              \
        int result = (CALL);                                                                                 \
        masks_wait_end(&wait);                                                                               \
        return result;                                                                                       \
    } while (0)

HOOK int sigsuspend(const sigset_t *mask)
{
    real_need();
    WAITING(real.sigsuspend(masks_wait_begin(&wait, mask)));
}

HOOK int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    real_need();
    redirected_polls_note(count, __builtin_frame_address(0));
    WAITING(real.ppoll(fds, count, timeout, masks_wait_begin(&wait, mask)));
}

HOOK int pselect(int count, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout,
                 const sigset_t *mask)
{
    real_need();
    redirected_polls_note(safe_self || safe_requests_table
                              ? redirected_count_bits(count, in) + redirected_count_bits(count, out) +
                                    redirected_count_bits(count, except)
                              : 1,
                          __builtin_frame_address(0));
    WAITING(real.pselect(count, in, out, except, timeout, masks_wait_begin(&wait, mask)));
}

HOOK int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    real_need();
    redirected_epolls_note(__builtin_frame_address(0));
    WAITING(real.epoll_pwait(fd, events, count, timeout, masks_wait_begin(&wait, mask)));
}

HOOK int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                     size_t room)
{
    real_need();
    if (!real.__ppoll_chk)
        return ppoll(fds, count, timeout, mask);
    redirected_polls_note(count, __builtin_frame_address(0));
    WAITING(real.__ppoll_chk(fds, count, timeout, masks_wait_begin(&wait, mask), room));
}

HOOK int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                      const sigset_t *mask)
{
    real_need();
    if (!real.epoll_pwait2) { /* as on a kernel that is too old */
        errno = ENOSYS;
        return -1;
    }
    redirected_epolls_note(__builtin_frame_address(0));
    WAITING(real.epoll_pwait2(fd, events, count, timeout, masks_wait_begin(&wait, mask)));
}
