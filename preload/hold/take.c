/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of bind and unlink. See hold/take.h. */
#include "hold/take.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"
#include "hold/ask.h"
#include "hold/key.h"
#include "proc/try.h"
#include "state/config.h"

#define OPTION_BYTES   16
#define UNANSWERED_MAX 2

/*
 * What a program may set before bind. A held socket has most of it already, from the life before; the rest is copied. Not here:
 * what a key is made of, and what getsockopt does not return as setsockopt takes it (filters, TCP_MAXSEG).
 */
static const struct option {
    int level, name;
    bool is_doubled; /* socket(7): the kernel doubles what it is given */
} options[] = {
    {SOL_SOCKET, SO_REUSEADDR, false},
    {SOL_SOCKET, SO_KEEPALIVE, false},
    {SOL_SOCKET, SO_LINGER, false},
    {SOL_SOCKET, SO_OOBINLINE, false},
    {SOL_SOCKET, SO_DONTROUTE, false},
    {SOL_SOCKET, SO_PASSCRED, false},
    {SOL_SOCKET, SO_RCVBUF, true},
    {SOL_SOCKET, SO_SNDBUF, true},
    {SOL_SOCKET, SO_RCVLOWAT, false},
    {SOL_SOCKET, SO_RCVTIMEO, false},
    {SOL_SOCKET, SO_SNDTIMEO, false},
    {SOL_SOCKET, SO_PRIORITY, false},
    {SOL_SOCKET, SO_MARK, false},
    {IPPROTO_TCP, TCP_NODELAY, false},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, false},
    {IPPROTO_TCP, TCP_FASTOPEN, false},
    {IPPROTO_TCP, TCP_KEEPIDLE, false},
    {IPPROTO_TCP, TCP_KEEPINTVL, false},
    {IPPROTO_TCP, TCP_KEEPCNT, false},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, false},
    {IPPROTO_TCP, TCP_CONGESTION, false},
    {IPPROTO_IP, IP_TOS, false},
    {IPPROTO_IP, IP_TTL, false},
    {IPPROTO_IP, IP_FREEBIND, false},
    {IPPROTO_IP, IP_TRANSPARENT, false},
    {IPPROTO_IPV6, IPV6_TCLASS, false},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, false},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, false},
};

static void copy_option(int from, int to, const struct option *option)
{
    char wanted[OPTION_BYTES] = {0}, has[OPTION_BYTES] = {0};
    uint32_t wanted_bytes = sizeof wanted, has_bytes = sizeof has, differs = 0;
    int number;
    if (safe_call(SYS_getsockopt, from, option->level, option->name, wanted, &wanted_bytes) < 0 ||
        safe_call(SYS_getsockopt, to, option->level, option->name, has, &has_bytes) < 0)
        return;
    for (uint32_t i = 0; i < sizeof wanted; i++)
        differs |= wanted[i] != has[i];
    if (!differs)
        return;
    if (option->is_doubled) {
        safe_copy(&number, wanted, sizeof number);
        number /= 2;
        safe_copy(wanted, &number, sizeof number);
    }
    safe_call(SYS_setsockopt, to, option->level, option->name, wanted, wanted_bytes);
}

/* The flags of the file, and who gets its signals: the held one may still name a dead process. */
static void copy_flags(int from, int to)
{
    const long changed = O_NONBLOCK | O_ASYNC;
    struct f_owner_ex owner = {F_OWNER_PID, 0};
    long wanted = safe_call(SYS_fcntl, from, F_GETFL, 0), has = safe_call(SYS_fcntl, to, F_GETFL, 0);
    if (wanted < 0 || has < 0)
        return;
    if ((wanted | has) & O_ASYNC) {
        safe_call(SYS_fcntl, from, F_GETOWN_EX, &owner);
        safe_call(SYS_fcntl, to, F_SETOWN_EX, &owner);
        const long sig = safe_call(SYS_fcntl, from, F_GETSIG, 0);
        safe_call(SYS_fcntl, to, F_SETSIG, sig > 0 ? sig : 0);
    }
    safe_call(SYS_fcntl, to, F_SETFL, (has & ~changed) | (wanted & changed));
}

/* 'held' becomes 'fd'. */
static bool put_in_place(int held, int fd)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        copy_option(fd, held, &options[i]);
    copy_flags(fd, held);
    long flags = safe_call(SYS_fcntl, fd, F_GETFD, 0);
    long error = flags < 0 ? flags : safe_call(SYS_dup3, held, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
    safe_close(held);
    return error >= 0;
}

/* crumple-run holds nothing any more, until this process dies. Copied by fork; lost by exec, and then asked for once more. */
static _Atomic bool is_nothing_held;
/* Questions without an answer. A crumple-run that somebody has stopped must not hold up each bind and unlink of a server. */
static _Atomic int unanswered;

static bool may_be_held(void)
{
    return crumple_config->hold.takes && !__atomic_load_n(&is_nothing_held, __ATOMIC_RELAXED);
}

static int ask(const struct crumple_hold_request *request, int *ret_fd)
{
    int status = safe_hold_ask(&crumple_config->hold, request, ret_fd);
    if (status == -ENODATA ||
        (status == -ETIMEDOUT && __atomic_add_fetch(&unanswered, 1, __ATOMIC_RELAXED) >= UNANSWERED_MAX))
        __atomic_store_n(&is_nothing_held, true, __ATOMIC_RELAXED);
    return status;
}

bool safe_hold_take(int fd, const void *address, size_t bytes)
{
    struct crumple_hold_request request = safe_hold_request(CRUMPLE_HOLD_TAKE);
    struct sockaddr_storage copy;
    int held = -1;
    safe_zero(&copy, sizeof copy);
    if (!may_be_held() || bytes > sizeof copy || !safe_hold_key_socket(fd, &request.key) ||
        !safe_try_read(&copy, address, bytes) || !safe_hold_key_address(&copy, bytes, &request.key))
        return false;
    int status = ask(&request, &held);
    if (status < 0 && status != -ENOENT &&
        status != -ENODATA) /* once more: it may have been about to answer */
        status = ask(&request, &held);
    if (status == 0 && held >= 0)
        return put_in_place(held, fd);
    safe_close(held);
    return false;
}

static bool is_held_name(int dirfd, const char *path, int flags)
{
    struct crumple_hold_request request = safe_hold_request(CRUMPLE_HOLD_NAME);
    struct stat st;
    if (!may_be_held() || safe_call(SYS_newfstatat, dirfd, path, &st, flags) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    request.device = st.st_dev;
    request.inode = st.st_ino;
    return ask(&request, NULL) == 0;
}

bool safe_hold_keeps(int dirfd, const char *path)
{
    return is_held_name(dirfd, path, AT_SYMLINK_NOFOLLOW);
}

int safe_hold_backlog(int fd, int backlog)
{
    struct tcp_info info;
    uint32_t bytes = sizeof info;
    safe_zero(&info, sizeof info);
    /* Of a listening socket, tcpi_unacked is the number of connections that wait (net/ipv4/tcp.c, tcp_get_info). */
    if (backlog < 0 || safe_call(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) < 0 ||
        info.tcpi_state != TCP_LISTEN || info.tcpi_unacked > (uint32_t)(INT32_MAX - backlog))
        return backlog;
    return backlog + (int)info.tcpi_unacked;
}

bool safe_hold_hides(const void *address, size_t bytes)
{
    struct {
        struct sockaddr_un name;
        char end; /* a path may fill its place */
    } copy;
    safe_zero(&copy, sizeof copy);
    return may_be_held() && bytes > offsetof(struct sockaddr_un, sun_path) && bytes <= sizeof copy.name &&
           safe_try_read(&copy, address, bytes) && copy.name.sun_family == AF_UNIX && copy.name.sun_path[0] &&
           is_held_name(AT_FDCWD, copy.name.sun_path, 0);
}
