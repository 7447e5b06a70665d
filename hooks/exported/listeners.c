/* SPDX-License-Identifier: MIT */
/*
 * bind, connect, listen, unlink, unlinkat, close_range: a server that crumple-run has started again finds its listening sockets held
 * (preload/hold/), and the names of those that have one. remove(3) calls libc's own unlink: what it removes is gone.
 */
#include <errno.h>
#include <fcntl.h>

#include "hold/hold.h"
#include "hold/take.h"
#include "loader/real.h"
#include "redirected/redirected.h"
#include "state/config.h"
#include "track/sockets.h"

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2u
#endif

static inline bool may_take(void)
{
    return __builtin_expect(crumple_config && crumple_config->hold.takes, 0);
}

/* By another name: in glibc's headers the address is a union of all kinds of addresses. */
HOOK int bind_listener(int fd, const struct sockaddr *address, socklen_t bytes) __asm__("bind");
HOOK int connect_listener(int fd, const struct sockaddr *address, socklen_t bytes) __asm__("connect");

HOOK int bind_listener(int fd, const struct sockaddr *address, socklen_t bytes)
{
    real_need();
    safe_hold_look();
    if (may_take() && safe_hold_take(fd, address, bytes))
        return 0;
    return real.bind(fd, address, bytes);
}

/* The note of who uses a socket, which the other calls make redirected (redirected/sockets.c), is made here: one function has one hook. */
HOOK int connect_listener(int fd, const struct sockaddr *address, socklen_t bytes)
{
    real_need();
    if (may_take() && safe_hold_hides(address, bytes)) {
        errno = ECONNREFUSED;
        return -1;
    }
    if (safe_sockets_table)
        safe_sockets_used(fd, false);
    return real.connect(fd, address, bytes);
}

HOOK int listen(int fd, int backlog)
{
    real_need();
    safe_hold_look();
    redirected_begin_for_hold();
    return real.listen(fd, may_take() ? safe_hold_backlog(fd, backlog) : backlog);
}

HOOK int unlink(const char *path)
{
    real_need();
    return may_take() && safe_hold_keeps(AT_FDCWD, path) ? 0 : real.unlink(path);
}

HOOK int unlinkat(int dir, const char *path, int flags)
{
    real_need();
    return flags == 0 && may_take() && safe_hold_keeps(dir, path) ? 0 : real.unlinkat(dir, path, flags);
}

HOOK int close_range(unsigned first, unsigned last, int flags)
{
    real_need();
    if (!real.close_range) { /* as on a kernel that is too old */
        errno = ENOSYS;
        return -1;
    }
    if (flags & CLOSE_RANGE_UNSHARE)
        (void)safe_hold_leave();
    return real.close_range(first, last, flags);
}
