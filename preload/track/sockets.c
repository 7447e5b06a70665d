/* SPDX-License-Identifier: MIT */
/*
 * Safe file: the hooks of the host's threads write the table, the handler and the keeper read it. A word is
 * changed by compare-and-swap, so that of two threads which use a socket for the first time one becomes the
 * owner and the other makes it shared.
 */
#include "track/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "state/altstack.h"
#include "state/fault.h"
#include "base/sys.h"

/* Younger connections of an address may be more of the same attack. */
#define SETTLED_NS UINT64_C(2000000000)

uint32_t *safe_sockets_table;

int safe_sockets_prepare(void)
{
    if (safe_sockets_table)
        return 0;
    long p = safe_call(SYS_mmap, 0, SAFE_SOCKETS_MAX * sizeof *safe_sockets_table, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return (int)p;
    __atomic_store_n(&safe_sockets_table, (uint32_t *)p, __ATOMIC_RELEASE);
    return 0;
}

/* The word of a descriptor, NULL where there is none. */
static uint32_t *word_of(int fd)
{
    uint32_t *table = __atomic_load_n(&safe_sockets_table, __ATOMIC_ACQUIRE);
    return table && (uint32_t)fd < SAFE_SOCKETS_MAX ? &table[fd] : NULL;
}

/* A child made by vfork shares the table, but not the descriptors: what it closes is still open here. */
static bool is_ours(void)
{
    int pid = safe_state ? __atomic_load_n(&safe_state->pid, __ATOMIC_RELAXED) : 0;
    return !pid || pid == safe_getpid();
}

/* 0 for a socket, else PLAIN or FEEDS; a negative errno for a closed descriptor. */
static int64_t look(int fd)
{
    struct stat st;
    long result = safe_call(SYS_fstat, fd, &st);
    if (result < 0)
        return result;
    if (S_ISSOCK(st.st_mode))
        return 0;
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        return SAFE_SOCKET_PLAIN;
    return SAFE_SOCKET_FEEDS;
}

/* Reading what other threads write, before any connection of its own: a worker of a pool. */
static void feed(struct safe_thread *self, bool reads)
{
    if (self && reads && !self->inbound)
        self->role |= SAFE_ROLE_FED;
}

static void list(struct safe_thread *self, int fd)
{
    for (uint32_t i = 0; i < self->fd_count && i < SAFE_THREAD_FDS; i++)
        if (self->fd[i] == fd)
            return;
    if (self->fd_count < SAFE_THREAD_FDS)
        self->fd[self->fd_count] = fd;
    self->fd_count += self->fd_count <= SAFE_THREAD_FDS;
}

static void unlist(struct safe_thread *self, int fd)
{
    if (!self || self->fd_count > SAFE_THREAD_FDS)
        return;
    for (uint32_t i = 0; i < self->fd_count; i++)
        if (self->fd[i] == fd) {
            self->fd[i] = self->fd[--self->fd_count];
            return;
        }
}

/* Whose a socket is once this thread has used it: nobody's so far becomes its own, another's becomes shared. */
static uint32_t word_after(const struct safe_thread *self, uint32_t now)
{
    uint32_t owner = now & ~SAFE_SOCKET_INBOUND;
    if (self && (!owner || owner == self->serial))
        return now | self->serial;
    return SAFE_SOCKET_SHARED | now;
}

/* An accepted connection counts once for each thread that serves it, whoever accepted it and has used it before.
 * is_new: no thread but its former owner has used it yet, so this is not the connection of the same number that
 * this thread has used last. */
static void serve(struct safe_thread *self, int fd, bool is_new)
{
    if (is_new || !self->inbound || self->inbound_fd != fd)
        self->inbound += self->inbound < UINT16_MAX;
    self->inbound_fd = fd;
}

void safe_sockets_used(int fd, bool reads)
{
    struct safe_thread *self = safe_self;
    uint32_t *word = word_of(fd), next;
    if (!word)
        return;
    uint32_t now = __atomic_load_n(word, __ATOMIC_RELAXED);
    do {
        int64_t kind = now == SAFE_SOCKET_PLAIN || now == SAFE_SOCKET_FEEDS ? now : now ? 0 : look(fd);
        if (kind < 0)
            return;
        next = kind ? (uint32_t)kind : word_after(self, now);
    } while (next != now &&
             !__atomic_compare_exchange_n(word, &now, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    if (!self || next == SAFE_SOCKET_PLAIN)
        return;
    if (next == SAFE_SOCKET_FEEDS)
        feed(self, reads);
    else if ((next & ~SAFE_SOCKET_INBOUND) == SAFE_SOCKET_SHARED)
        self->shared_fd = fd;
    else
        list(self, fd);
    if (next & SAFE_SOCKET_INBOUND)
        serve(self, fd, next != now);
    self->last_fd = fd;
}

static __thread int last_accepted; /* + 1; 0: none */

static _Atomic bool any_accepted;

void safe_sockets_accepted(int fd)
{
    uint32_t *word = word_of(fd);
    if (!word)
        return;
    __atomic_store_n(word, SAFE_SOCKET_INBOUND, __ATOMIC_RELAXED);
    last_accepted = fd + 1;
    if (!__atomic_load_n(&any_accepted, __ATOMIC_RELAXED))
        __atomic_store_n(&any_accepted, true, __ATOMIC_RELAXED);
}

bool safe_sockets_any_accepted(void)
{
    return __atomic_load_n(&any_accepted, __ATOMIC_RELAXED);
}

void safe_sockets_hand_over(struct safe_thread *made)
{
    int fd = last_accepted - 1;
    uint32_t *word = fd >= 0 ? word_of(fd) : NULL, nobodys = SAFE_SOCKET_INBOUND;
    last_accepted = 0;
    if (!word || !__atomic_compare_exchange_n(word, &nobodys, SAFE_SOCKET_INBOUND | made->serial, false,
                                              __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return;
    made->inbound = 1;
    made->inbound_fd = fd;
    list(made, fd);
}

void safe_sockets_made(int fd)
{
    uint32_t *word = word_of(fd);
    if (word && __atomic_load_n(word, __ATOMIC_RELAXED) && is_ours())
        __atomic_store_n(word, 0, __ATOMIC_RELAXED);
}

void safe_sockets_duplicated(int old, int copy)
{
    uint32_t *from = word_of(old), *to = word_of(copy);
    if (old == copy || !is_ours())
        return;
    int64_t kind = look(copy);
    if (kind < 0)
        return;
    if (kind == 0)
        kind =
            SAFE_SOCKET_SHARED | (from ? __atomic_load_n(from, __ATOMIC_RELAXED) & SAFE_SOCKET_INBOUND : 0);
    if (from)
        __atomic_store_n(from, (uint32_t)kind, __ATOMIC_RELAXED);
    if (to)
        __atomic_store_n(to, (uint32_t)kind, __ATOMIC_RELAXED);
}

bool safe_sockets_closed(int fd)
{
    uint32_t *word = word_of(fd);
    if (!word || !__atomic_load_n(word, __ATOMIC_RELAXED))
        return true;
    if (!is_ours())
        return false;
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    if (safe_self && safe_self->inbound && safe_self->inbound_fd == fd)
        safe_self->role |= SAFE_ROLE_SERVED;
    unlist(safe_self, fd);
    return true;
}

/* The next descriptor at or behind *at that belongs to the thread; -1 at the end. */
static int next_owned(const struct safe_thread *thread, uint32_t *at)
{
    bool is_listed = thread->fd_count <= SAFE_THREAD_FDS;
    uint32_t end = is_listed ? thread->fd_count : SAFE_SOCKETS_MAX;
    while (safe_sockets_table && *at < end) {
        int fd = is_listed ? thread->fd[*at] : (int)*at;
        uint32_t *word = word_of(fd);
        (*at)++;
        if (word && (__atomic_load_n(word, __ATOMIC_RELAXED) & ~SAFE_SOCKET_INBOUND) == thread->serial)
            return fd;
    }
    return -1;
}

bool safe_sockets_is_connection(int fd)
{
    struct sockaddr_storage peer;
    socklen_t bytes = sizeof peer, size = sizeof(int);
    int type = 0, listens = 1;
    if (safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
        return false;
    size = sizeof(int);
    if (safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || listens)
        return false;
    return safe_call(SYS_getpeername, fd, &peer, &bytes) == 0;
}

static bool is_shared_connection(int fd)
{
    return safe_sockets_is_of(fd, SAFE_SOCKET_SHARED) && safe_sockets_is_connection(fd);
}

bool safe_sockets_has_shared(const struct safe_thread *thread)
{
    return is_shared_connection(thread->shared_fd) || is_shared_connection(thread->inbound_fd);
}

bool safe_sockets_is_of(int fd, uint32_t serial)
{
    uint32_t *word = word_of(fd);
    return word && (__atomic_load_n(word, __ATOMIC_RELAXED) & ~SAFE_SOCKET_INBOUND) == serial;
}

size_t safe_sockets_of(const struct safe_thread *thread, int *ret_fds, size_t max)
{
    uint32_t at = 0;
    size_t n = 0;
    int fd;
    while (n < max && (fd = next_owned(thread, &at)) >= 0)
        if (safe_sockets_is_connection(fd))
            ret_fds[n++] = fd;
    return n;
}

size_t safe_sockets_shut(const struct safe_thread *thread)
{
    uint32_t at = 0;
    size_t n = 0;
    int fd;
    while ((fd = next_owned(thread, &at)) >= 0)
        if (safe_sockets_is_connection(fd) && safe_call(SYS_shutdown, fd, SHUT_RDWR) == 0)
            n++;
    return n;
}

struct safe_peer safe_sockets_peer(const struct safe_thread *thread)
{
    struct safe_peer found = {0};
    uint32_t at = 0;
    size_t n = 0;
    int fd;
    while ((fd = next_owned(thread, &at)) >= 0) {
        if (!(__atomic_load_n(word_of(fd), __ATOMIC_RELAXED) & SAFE_SOCKET_INBOUND) ||
            !safe_sockets_is_connection(fd))
            continue;
        found = safe_peer_of(fd);
        n++;
    }
    return n == 1 ? found : (struct safe_peer){0};
}

/* Those of threads that were ended before are shut down, hence not established. */
static bool is_established(int fd)
{
    uint8_t state = 0; /* the first byte of struct tcp_info */
    socklen_t size = sizeof state;
    return safe_call(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &state, &size) == 0 &&
           state == TCP_ESTABLISHED;
}

struct search {
    const struct safe_peer *peer;
    const struct safe_thread *thread;
    uint64_t now_ns;
    bool found;
};

static int look_at_thread(const struct safe_altstack *a, void *argument)
{
    struct search *search = argument;
    uint32_t at = 0;
    int fd;
    if (!a->is_recoverable || &a->thread == search->thread ||
        a->thread.started_ns + SETTLED_NS > search->now_ns)
        return 1;
    while (!search->found && (fd = next_owned(&a->thread, &at)) >= 0) {
        struct safe_peer other = safe_peer_of(fd);
        search->found = (__atomic_load_n(word_of(fd), __ATOMIC_RELAXED) & SAFE_SOCKET_INBOUND) &&
                        safe_peer_equal(&other, search->peer) && is_established(fd);
    }
    return !search->found;
}

bool safe_sockets_is_common(const struct safe_peer *peer, const struct safe_thread *thread, uint64_t now_ns)
{
    struct search search = {peer, thread, now_ns, false};
    safe_altstack_each(look_at_thread, &search);
    return search.found;
}

bool safe_sockets_has_other(const struct safe_peer *peer, int fd)
{
    for (int other = 0; safe_sockets_table && other < SAFE_SOCKETS_MAX; other++) {
        if (other == fd || !safe_sockets_is_inbound(other))
            continue;
        struct safe_peer its = safe_peer_of(other);
        if (safe_peer_equal(&its, peer) && is_established(other))
            return true;
    }
    return false;
}
