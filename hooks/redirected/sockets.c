/* SPDX-License-Identifier: MIT */
/*
 * Which thread uses which socket: what reads, writes, makes, duplicates and closes descriptors. Redirected,
 * not exported. The note comes first and libc's function is the last thing called, so that a cancellation in
 * it finds nothing of ours on the stack; but not where requests are watched, since only the result says whether
 * there was one (track/requests.h).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "redirected/peers.h"
#include "redirected/redirected.h"
#include "track/held_locks.h"
#include "track/requests.h"
#include "track/sockets.h"
#include "state/config.h"

struct mmsghdr;
/* Declared by libc's headers only where they check (_FORTIFY_SOURCE). Weak: musl has none, and nobody calls it there. */
extern int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments) __attribute__((weak));

static struct {
    ssize_t (*read)(int fd, void *buffer, size_t n);
    ssize_t (*__read_chk)(int fd, void *buffer, size_t n, size_t room);
    ssize_t (*readv)(int fd, const struct iovec *parts, int count);
    ssize_t (*recv)(int fd, void *buffer, size_t n, int flags);
    ssize_t (*__recv_chk)(int fd, void *buffer, size_t n, size_t room, int flags);
    ssize_t (*recvfrom)(int fd, void *buffer, size_t n, int flags, void *peer, socklen_t *peer_bytes);
    ssize_t (*__recvfrom_chk)(int fd, void *buffer, size_t n, size_t room, int flags, void *peer,
                              socklen_t *peer_bytes);
    ssize_t (*recvmsg)(int fd, struct msghdr *message, int flags);
    int (*recvmmsg)(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout);
    ssize_t (*write)(int fd, const void *buffer, size_t n);
    ssize_t (*writev)(int fd, const struct iovec *parts, int count);
    ssize_t (*send)(int fd, const void *buffer, size_t n, int flags);
    ssize_t (*sendto)(int fd, const void *buffer, size_t n, int flags, const void *peer,
                      socklen_t peer_bytes);
    ssize_t (*sendmsg)(int fd, const struct msghdr *message, int flags);
    int (*sendmmsg)(int fd, struct mmsghdr *messages, unsigned count, int flags);
    ssize_t (*sendfile)(int fd, int from, off_t *at, size_t n);
    ssize_t (*sendfile64)(int fd, int from, off64_t *at, size_t n);
    int (*vdprintf)(int fd, const char *format, va_list arguments);
    int (*__vdprintf_chk)(int fd, int flag, const char *format, va_list arguments);
    int (*dprintf)(int fd, const char *format, ...);
    int (*__dprintf_chk)(int fd, int flag, const char *format, ...);
    FILE *(*fdopen)(int fd, const char *mode);
    int (*socket)(int domain, int type, int protocol);
    int (*socketpair)(int domain, int type, int protocol, int pair[2]);
    int (*dup)(int fd);
    int (*dup2)(int fd, int copy);
    int (*dup3)(int fd, int copy, int flags);
    int (*close)(int fd);
    int (*fclose)(FILE *file);
} libc;

/* In two parts: what is known already takes a few instructions and no frame. Where requests are watched it is another hook:
 * the result of libc's function is needed, so a frame of ours stays on the stack over the call. */
#define USES(result, function, reads, parameters, arguments, note)                                           \
    __attribute__((noinline, cold)) static result first_##function parameters                                \
    {                                                                                                        \
        safe_sockets_used(fd, reads);                                                                        \
        return libc.function arguments;                                                                      \
    }                                                                                                        \
    static result watched_##function parameters                                                              \
    {                                                                                                        \
        if (crumple_config->recover && !safe_sockets_known(fd))                                              \
            safe_sockets_used(fd, reads);                                                                    \
        result n = libc.function arguments;                                                                  \
        if (n > 0)                                                                                           \
            note;                                                                                            \
        return n;                                                                                            \
    }                                                                                                        \
    static result use_##function parameters                                                                  \
    {                                                                                                        \
        if (__builtin_expect(!safe_sockets_known(fd), 0))                                                    \
            return first_##function arguments;                                                               \
        return libc.function arguments;                                                                      \
    }
#define READS(result, function, parameters, arguments, note)                                                 \
    USES(result, function, true, parameters, arguments, note)
#define WRITES(result, function, parameters, arguments)                                                      \
    USES(result, function, false, parameters, arguments, safe_requests_answered(fd))

/* n bytes are in the buffer, or in several parts, of which the first says where the request is. */
#define BUFFER      safe_requests_read(fd, buffer, (size_t)n, __builtin_frame_address(0))
#define IN_PARTS(c) has_read_parts(fd, parts, (size_t)(c), (size_t)n, __builtin_frame_address(0))

static inline void has_read_parts(int fd, const struct iovec *parts, size_t count, size_t n,
                                  const void *frame)
{
    if (count)
        safe_requests_read(fd, parts->iov_base, n < parts->iov_len ? n : parts->iov_len, frame);
}

READS(ssize_t, read, (int fd, void *buffer, size_t most), (fd, buffer, most), BUFFER)
READS(ssize_t, __read_chk, (int fd, void *buffer, size_t most, size_t room), (fd, buffer, most, room), BUFFER)
READS(ssize_t, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count), IN_PARTS(count))
READS(ssize_t, recv, (int fd, void *buffer, size_t most, int flags), (fd, buffer, most, flags), BUFFER)
READS(ssize_t, __recv_chk, (int fd, void *buffer, size_t most, size_t room, int flags),
      (fd, buffer, most, room, flags), BUFFER)
READS(ssize_t, recvfrom, (int fd, void *buffer, size_t most, int flags, void *peer, socklen_t *peer_bytes),
      (fd, buffer, most, flags, peer, peer_bytes), BUFFER)
READS(ssize_t, __recvfrom_chk,
      (int fd, void *buffer, size_t most, size_t room, int flags, void *peer, socklen_t *peer_bytes),
      (fd, buffer, most, room, flags, peer, peer_bytes), BUFFER)
READS(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags),
      has_read_parts(fd, message->msg_iov, message->msg_iovlen, (size_t)n, __builtin_frame_address(0)))
READS(int, recvmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout),
      (fd, messages, count, flags, timeout), safe_requests_read(fd, NULL, 0, __builtin_frame_address(0)))

WRITES(ssize_t, write, (int fd, const void *buffer, size_t most), (fd, buffer, most))
WRITES(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITES(ssize_t, send, (int fd, const void *buffer, size_t most, int flags), (fd, buffer, most, flags))
WRITES(ssize_t, sendto,
       (int fd, const void *buffer, size_t most, int flags, const void *peer, socklen_t peer_bytes),
       (fd, buffer, most, flags, peer, peer_bytes))
WRITES(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRITES(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags),
       (fd, messages, count, flags))
WRITES(ssize_t, sendfile, (int fd, int from, off_t *at, size_t most), (fd, from, at, most))
WRITES(ssize_t, sendfile64, (int fd, int from, off64_t *at, size_t most), (fd, from, at, most))
WRITES(int, vdprintf, (int fd, const char *format, va_list arguments), (fd, format, arguments))
WRITES(int, __vdprintf_chk, (int fd, int flag, const char *format, va_list arguments),
       (fd, flag, format, arguments))

static inline void uses(int fd)
{
    if (!peers_are_all())
        safe_sockets_used(fd, false);
}

/* What libc reads and writes for a FILE goes past the hooks: making one stands for it. */
static FILE *use_fdopen(int fd, const char *mode)
{
    uses(fd);
    return libc.fdopen(fd, mode);
}

/* Our own calls are not redirected, so these lead to libc. */
__attribute__((format(printf, 2, 3))) static int use_dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    uses(fd);
    va_start(arguments, format);
    int n = vdprintf(fd, format, arguments);
    va_end(arguments);
    if (n > 0)
        safe_requests_answered(fd);
    return n;
}

__attribute__((format(printf, 3, 4))) static int use___dprintf_chk(int fd, int flag, const char *format, ...)
{
    va_list arguments;
    uses(fd);
    va_start(arguments, format);
    int n = __vdprintf_chk(fd, flag, format, arguments);
    va_end(arguments);
    if (n > 0)
        safe_requests_answered(fd);
    return n;
}

static int made_socket(int domain, int type, int protocol)
{
    int fd = libc.socket(domain, type, protocol);
    safe_sockets_made(fd);
    return fd;
}

static int made_socketpair(int domain, int type, int protocol, int pair[2])
{
    int error = libc.socketpair(domain, type, protocol, pair);
    if (error == 0) {
        safe_sockets_made(pair[0]);
        safe_sockets_made(pair[1]);
    }
    return error;
}

static int duplicated(int fd, int copy)
{
    if (copy >= 0)
        safe_sockets_duplicated(fd, copy);
    return copy;
}

static int made_dup(int fd)
{
    return duplicated(fd, libc.dup(fd));
}

static int made_dup2(int fd, int copy)
{
    return duplicated(fd, libc.dup2(fd, copy));
}

static int made_dup3(int fd, int copy, int flags)
{
    return duplicated(fd, libc.dup3(fd, copy, flags));
}

/* Before the number is free: another thread may get it from accept at once. */
static void ended(int fd)
{
    if (safe_sockets_closed(fd)) {
        peers_closed(fd);
        safe_requests_answered(fd);
    }
    if (safe_held.count)
        safe_held_remove_files(fd);
}

static int ended_close(int fd)
{
    ended(fd);
    return libc.close(fd);
}

static int ended_fclose(FILE *file)
{
    ended(fileno_unlocked(file));
    return libc.fclose(file);
}

static const struct redirect rows[] = {
    REDIRECTED_OR(read, use_read, watched_read),
    REDIRECTED_OR(__read_chk, use___read_chk, watched___read_chk),
    REDIRECTED_OR(readv, use_readv, watched_readv),
    REDIRECTED_OR(recv, use_recv, watched_recv),
    REDIRECTED_OR(__recv_chk, use___recv_chk, watched___recv_chk),
    REDIRECTED_OR(recvfrom, use_recvfrom, watched_recvfrom),
    REDIRECTED_OR(__recvfrom_chk, use___recvfrom_chk, watched___recvfrom_chk),
    REDIRECTED_OR(recvmsg, use_recvmsg, watched_recvmsg),
    REDIRECTED_OR(recvmmsg, use_recvmmsg, watched_recvmmsg),
    REDIRECTED_OR(write, use_write, watched_write),
    REDIRECTED_OR(writev, use_writev, watched_writev),
    REDIRECTED_OR(send, use_send, watched_send),
    REDIRECTED_OR(sendto, use_sendto, watched_sendto),
    REDIRECTED_OR(sendmsg, use_sendmsg, watched_sendmsg),
    REDIRECTED_OR(sendmmsg, use_sendmmsg, watched_sendmmsg),
    REDIRECTED_OR(sendfile, use_sendfile, watched_sendfile),
    REDIRECTED_OR(sendfile64, use_sendfile64, watched_sendfile64),
    REDIRECTED_OR(vdprintf, use_vdprintf, watched_vdprintf),
    REDIRECTED_OR(__vdprintf_chk, use___vdprintf_chk, watched___vdprintf_chk),
    REDIRECTED(dprintf, use_dprintf),
    REDIRECTED(__dprintf_chk, use___dprintf_chk),
    REDIRECTED(fdopen, use_fdopen),
    REDIRECTED(socket, made_socket),
    REDIRECTED(socketpair, made_socketpair),
    REDIRECTED(dup, made_dup),
    REDIRECTED(dup2, made_dup2),
    REDIRECTED(dup3, made_dup3),
    REDIRECTED(close, ended_close),
    REDIRECTED(fclose, ended_fclose),
};

REDIRECTED_FAMILY(redirected_sockets, rows);
