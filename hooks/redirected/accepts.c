/* SPDX-License-Identifier: MIT */
/*
 * accept, accept4: a connection begins its life owned by nobody, whoever accepted it; and one of a peer whose
 * breaker is open is closed at once, as if it had never come. Redirected, not exported.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "redirected/peers.h"
#include "redirected/redirected.h"
#include "hold/hold.h"
#include "base/io.h"
#include "track/requests.h"
#include "track/sockets.h"
#include "base/sys.h"
#include "proc/try.h"

static struct {
    int (*accept)(int fd, void *peer, socklen_t *peer_bytes);
    int (*accept4)(int fd, void *peer, socklen_t *peer_bytes, int flags);
} libc;

/*
 * A refused connection was the reason why the application called. Where it would not wait for another one it
 * gets the answer it would get: from a listener that does not block, libc's own (the next client, or EAGAIN);
 * after a poll, ECONNABORTED (accept(2): retry), as a wait in accept would keep it from its other
 * descriptors.
 */
static bool is_to_return(int listener)
{
    struct pollfd now = {.fd = listener, .events = POLLIN};
    if (safe_call(SYS_fcntl, listener, F_GETFL, 0) & O_NONBLOCK)
        return false;
    return redirected_is_polling() && safe_call(SYS_poll, &now, 1, 0) == 0;
}

/* Whether the connection goes to the application. */
static bool is_admitted(int fd)
{
    struct safe_thread *self = safe_self;
    safe_hold_look(); /* a daemon that has not been adopted when it began to listen */
    if (self)
        self->role |= SAFE_ROLE_ACCEPTS;
    if (fd < 0)
        return true;
    if (peers_admit(fd)) {
        safe_sockets_accepted(fd);
        return true;
    }
    safe_close(fd);
    return false;
}

static int aborted(void)
{
    errno = ECONNABORTED;
    return -1;
}

static int accept_plain(int listener, void *peer, socklen_t *peer_bytes)
{
    socklen_t room = 0;
    (void)safe_try_read(&room, peer_bytes, sizeof room);
    for (;;) {
        safe_requests_accepts();
        int fd = libc.accept(listener, peer, peer_bytes);
        if (is_admitted(fd))
            return fd;
        if (is_to_return(listener))
            return aborted();
        if (peer_bytes)
            *peer_bytes = room;
    }
}

static int accept_flags(int listener, void *peer, socklen_t *peer_bytes, int flags)
{
    socklen_t room = 0;
    (void)safe_try_read(&room, peer_bytes, sizeof room);
    for (;;) {
        safe_requests_accepts();
        int fd = libc.accept4(listener, peer, peer_bytes, flags);
        if (is_admitted(fd))
            return fd;
        if (is_to_return(listener))
            return aborted();
        if (peer_bytes)
            *peer_bytes = room;
    }
}

static const struct redirect rows[] = {
    REDIRECTED(accept, accept_plain),
    REDIRECTED(accept4, accept_flags),
};

REDIRECTED_FAMILY(redirected_accepts, rows);
