/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the looker. See capture/vitals_sockets.h. */
#include "capture/vitals_sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <asm/ioctls.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/peer_address.h"
#include "base/sys.h"
#include "state/culprit.h"
#include "state/fault.h"
#include "state/thread.h"
#include "track/requests.h"
#include "track/sockets.h"

#define ESTABLISHED 1
#define LISTEN      10
#define TEXT_MAX    120

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

static long option(int fd, int level, int name)
{
    int value = 0;
    socklen_t bytes = sizeof value;
    long error = safe_call(SYS_getsockopt, fd, level, name, &value, &bytes);
    return error < 0 ? error : value;
}

/* --- text ------------------------------------------------------------------------------------------------ */

static void add_internet(struct safe_text *t, const union address *a)
{
    const bool is_v6 = a->any.sa_family == AF_INET6;
    struct safe_peer peer = {.family = is_v6 ? 6 : 4};
    char text[48];
    safe_copy(peer.address, is_v6 ? (const void *)&a->v6.sin6_addr : (const void *)&a->v4.sin_addr,
              is_v6 ? 16 : 4);
    safe_peer_text(&peer, text, sizeof text);
    bool is_bracketed = false;
    for (const char *c = text; *c; c++)
        is_bracketed |= *c == ':';
    safe_text_add(t, is_bracketed ? "[" : "");
    safe_text_add(t, text);
    safe_text_add(t, is_bracketed ? "]:" : ":");
    const uint16_t port = a->v4.sin_port; /* sin6_port lies there, too */
    safe_text_add_u64(t, (uint16_t)(port << 8 | port >> 8));
}

/* A path, or '@' and a name of the abstract namespace. */
static void add_local(struct safe_text *t, const union address *a, socklen_t bytes)
{
    size_t n = bytes - offsetof(struct sockaddr_un, sun_path);
    const char *path = a->local.sun_path;
    if (!path[0]) {
        safe_text_add(t, "@");
        path++;
        n--;
    }
    for (size_t i = 0; i < n && a->local.sun_path[0]; i++)
        if (!path[i])
            n = i;
    safe_text_add_line(t, path, n < TEXT_MAX ? n : TEXT_MAX);
}

/* The address that getsockname or getpeername (call) tells; false: there is none. */
static bool add_address(struct safe_text *t, long call, int fd)
{
    union address a = {.any.sa_family = AF_UNSPEC};
    socklen_t bytes = sizeof a;
    if (safe_call(call, fd, &a, &bytes) < 0)
        return false;
    if (a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6)
        add_internet(t, &a);
    else if (a.any.sa_family == AF_UNIX && bytes > offsetof(struct sockaddr_un, sun_path) &&
             bytes <= sizeof a)
        add_local(t, &a, bytes);
    else
        return false;
    return true;
}

/* "10.0.0.1:8080 established 10.0.0.2:4711", "0.0.0.0:80 listen 0/128". */
static void add_tcp(struct safe_text *t, int fd, const struct tcp_info *info)
{
    add_address(t, SYS_getsockname, fd);
    safe_text_add(t, " ");
    safe_text_add(t, safe_look_state_name(info->tcpi_state));
    safe_text_add(t, " ");
    if (info->tcpi_state != LISTEN) {
        if (!add_address(t, SYS_getpeername, fd))
            t->used--, t->data[t->used] = '\0';
        return;
    }
    /* Of a listener: connections that wait for accept(), and how many may (net/ipv4/tcp.c, tcp_get_info). */
    safe_text_add_u64(t, info->tcpi_unacked);
    safe_text_add(t, "/");
    safe_text_add_u64(t, info->tcpi_sacked);
}

static void add_others(struct safe_text *t, int fd)
{
    const bool is_named = add_address(t, SYS_getsockname, fd);
    const size_t before = t->used;
    safe_text_add(t, is_named ? " to " : "to ");
    if (!add_address(t, SYS_getpeername, fd))
        t->data[t->used = before] = '\0';
}

static void add_line(struct safe_look *look, int fd, enum safe_look_kind kind, const struct tcp_info *info)
{
    char buffer[2 * TEXT_MAX + 80];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add_i64(&t, fd);
    safe_text_add(&t, " ");
    safe_text_add(&t, safe_look_kind_name(kind));
    safe_text_add(&t, " ");
    if (info)
        add_tcp(&t, fd, info);
    else if (kind == SAFE_LOOK_UDP || kind == SAFE_LOOK_UNIX || kind == SAFE_LOOK_RAW)
        add_others(&t, fd);
    while (t.used && t.data[t.used - 1] == ' ')
        t.used--;
    if (look->lines.size - look->lines.used <= t.used + 1)
        return;
    safe_text_add_n(&look->lines, t.data, t.used);
    safe_text_add(&look->lines, "\n");
    look->line_count++;
}

/* --- what the kernel knows ------------------------------------------------------------------------------- */

static enum safe_look_kind kind_of(int fd, int family)
{
    if (family == AF_UNIX)
        return SAFE_LOOK_UNIX;
    if (family == AF_NETLINK)
        return SAFE_LOOK_NETLINK;
    if (family == AF_PACKET)
        return SAFE_LOOK_PACKET;
    if (family != AF_INET && family != AF_INET6)
        return SAFE_LOOK_SOCKET;
    switch (option(fd, SOL_SOCKET, SO_PROTOCOL)) {
    case IPPROTO_TCP:
        return SAFE_LOOK_TCP;
    case IPPROTO_UDP:
        return SAFE_LOOK_UDP;
    default:
        return option(fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW ? SAFE_LOOK_RAW : SAFE_LOOK_SOCKET;
    }
}

/* What the hooks have seen of the thread that faulted (CRUMPLE_RECOVER, crumple-run --restart). This process has its
 * thread-local storage. */
static bool is_of_thread(int fd)
{
    if (safe_fault.dump || !safe_fault.fs_base)
        return false;
    if (safe_culprit.state == SAFE_CULPRIT_FOUND && safe_culprit.fd == fd)
        return true;
    const struct safe_thread *self = safe_self;
    if (self && safe_sockets_table &&
        (safe_sockets_is_of(fd, self->serial) || (self->inbound && self->inbound_fd == fd) ||
         (safe_sockets_is_of(fd, SAFE_SOCKET_SHARED) && self->shared_fd == fd)))
        return true;
    const struct safe_requests *own = safe_requests_own();
    for (uint32_t i = 0; own && i < own->count && i < SAFE_REQUESTS_MAX; i++)
        if (own->request[i].fd == fd)
            return true;
    return false;
}

static void take_peer(struct safe_look *look, int fd, const struct tcp_info *info, size_t bytes)
{
    const bool counts_bytes = bytes >= offsetof(struct tcp_info, tcpi_bytes_received) + 8;
    const bool has_received = counts_bytes ? info->tcpi_bytes_received > 0 : info->tcpi_last_data_recv > 0;
    const struct safe_look_peer peer = {
        .fd = fd,
        .state = info->tcpi_state,
        .received_ms = has_received ? (int64_t)info->tcpi_last_data_recv : -1,
        .rtt_us = info->tcpi_rtt ? (int64_t)info->tcpi_rtt : -1,
        .retransmits = info->tcpi_total_retrans,
        .unacked = info->tcpi_unacked,
    };
    if (is_of_thread(fd)) {
        if (look->thread.count < SAFE_LOOK_PEERS)
            look->thread.peer[look->thread.count++] = peer;
    } else if (has_received) {
        safe_look_add_recent(&look->recent, &peer);
    }
}

static void take_tcp(struct safe_look *look, int fd, const struct tcp_info *info, size_t bytes)
{
    const unsigned state = info->tcpi_state;
    if (state < SAFE_LOOK_STATES)
        look->state[state]++;
    if (state == LISTEN)
        look->full += info->tcpi_sacked && info->tcpi_unacked > info->tcpi_sacked;
    else if (state != 7) /* closed */
        take_peer(look, fd, info, bytes);
}

int safe_look_socket(struct safe_look *look, int fd, bool line)
{
    struct tcp_info info;
    socklen_t bytes = sizeof info;
    /* First what most of many sockets are: one call for each. */
    safe_zero(&info, sizeof info);
    const long error = safe_call(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &bytes);
    if (error == -EBADF || error == -ENOTSOCK)
        return (int)error;
    const enum safe_look_kind kind =
        error == 0 ? SAFE_LOOK_TCP : kind_of(fd, (int)option(fd, SOL_SOCKET, SO_DOMAIN));
    look->count++;
    look->kind[kind]++;
    if (error == 0)
        take_tcp(look, fd, &info, bytes);
    if (line)
        add_line(look, fd, kind, error == 0 ? &info : NULL);
    return 0;
}

/* --- the lines of peers ---------------------------------------------------------------------------------- */

static void add_number(struct safe_text *t, int64_t value)
{
    safe_text_add(t, " ");
    if (value < 0)
        safe_text_add(t, "-");
    else
        safe_text_add_i64(t, value);
}

static int64_t queued(int fd, unsigned long what)
{
    int bytes = -1;
    return safe_call(SYS_ioctl, fd, what, &bytes) < 0 ? -1 : bytes;
}

static void write_peer(struct safe_text *t, const char *whose, const struct safe_look_peer *p)
{
    safe_text_add(t, "peer=");
    safe_text_add(t, whose);
    safe_text_add(t, " ");
    safe_text_add_i64(t, p->fd);
    safe_text_add(t, " ");
    if (!add_address(t, SYS_getsockname, p->fd))
        safe_text_add(t, "-");
    safe_text_add(t, " ");
    if (!add_address(t, SYS_getpeername, p->fd))
        safe_text_add(t, "-");
    safe_text_add(t, " ");
    safe_text_add(t, safe_look_state_name((unsigned)p->state));
    add_number(t, p->received_ms);
    add_number(t, p->rtt_us);
    add_number(t, p->retransmits);
    add_number(t, p->unacked);
    add_number(t, queued(p->fd, FIONREAD));
    add_number(t, queued(p->fd, TIOCOUTQ));
    safe_text_add(t, "\n");
}

void safe_look_write_peers(struct safe_look *look)
{
    for (uint32_t i = 0; i < look->thread.count; i++)
        write_peer(&look->peers, "thread", &look->thread.peer[i]);
    for (uint32_t i = 0; i < look->recent.count; i++)
        write_peer(&look->peers, "recent", &look->recent.peer[i]);
}
