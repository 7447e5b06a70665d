/* SPDX-License-Identifier: MIT */
/*
 * Safe file: which thread uses which socket. One word per descriptor: the serial of the only thread that did
 * I/O on it since its accept, socket() or first use, or SHARED. Redirected hooks write the table
 * (hooks/redirected/sockets.c), the handler reads it.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_SOCKETS_H
#define CRUMPLE_PRELOAD_TRACK_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/peer_address.h"
#include "state/thread.h"

#define SAFE_SOCKETS_MAX    65536       /* descriptors beyond are taken for shared */
#define SAFE_SOCKET_INBOUND 0x80000000u /* flag of a word: accepted, not made by socket() */

/* Other words: 0 is unused or unknown; SHARED may have the flag INBOUND; the others are not sockets. */
#define SAFE_SOCKET_SHARED  0x7fffffffu
#define SAFE_SOCKET_PLAIN   0x7ffffffeu /* a file or a device */
#define SAFE_SOCKET_FEEDS   0x7ffffffdu /* a pipe, an eventfd, ...: its reader gets work from another thread */
#define SAFE_SERIAL_HIGHEST 0x7ffffff0u /* serials of threads stay below */

/** Maps the table (untouched memory costs nothing). Returns 0 or a negative errno. */
int safe_sockets_prepare(void);
extern uint32_t *safe_sockets_table; /* NULL: not prepared, the functions below do nothing */

/** For hooks: the calling thread is about to read from or write to the descriptor. The first use costs an
 * fstat. Keeps errno. */
void safe_sockets_used(int fd, bool reads);
/** True if the table already has that use: the socket is the thread's own, or a shared one that needs no further
 * count. */
static inline bool safe_sockets_known(int fd)
{
    struct safe_thread *self = safe_self;
    if (!self || (uint32_t)fd >= SAFE_SOCKETS_MAX)
        return false;
    uint32_t word = __atomic_load_n(&safe_sockets_table[fd], __ATOMIC_RELAXED);
    if ((word & ~SAFE_SOCKET_INBOUND) == self->serial) {
        self->last_fd = fd;
        return true;
    }
    return self->shared_fd == fd &&
           (word == SAFE_SOCKET_SHARED || (word == UINT32_MAX && self->inbound_fd == fd));
}
/** For hooks: accept, or another call, has created a descriptor. */
void safe_sockets_accepted(int fd);

/** True if the process has accepted a connection. */
bool safe_sockets_any_accepted(void);
/** True if a descriptor below 1024 is a stream socket that listens: some 0.1 ms of system calls. */
bool safe_sockets_any_listening(void);
void safe_sockets_made(int fd);
/**
 * The calling thread is about to create a thread. The connection that the caller has accepted last is most
 * likely for the new thread, so it becomes that thread's until another thread uses it. Otherwise a thread
 * that faults before its first read would leave a connection without an owner.
 */
void safe_sockets_hand_over(struct safe_thread *made);
/**
 * Before the first thread is created: the hooks begin only now and have seen no earlier accept. If there is
 * exactly one accepted connection among the first 1024 descriptors, it is passed to safe_sockets_accepted().
 * In the process's only thread.
 */
void safe_sockets_find_accepted(void);
/** Two descriptors refer to one socket: it is shared from now on. */
void safe_sockets_duplicated(int old, int copy);
/** The descriptor is about to be closed. False in a vfork child, which shares our memory: the descriptor stays
 * open in the parent. */
bool safe_sockets_closed(int fd);

/** True if the descriptor is a connection that was accepted, as far as the table knows. */
static inline bool safe_sockets_is_inbound(int fd)
{
    return safe_sockets_table && (uint32_t)fd < SAFE_SOCKETS_MAX &&
           (__atomic_load_n(&safe_sockets_table[fd], __ATOMIC_RELAXED) & SAFE_SOCKET_INBOUND);
}
/** True if another accepted connection from this address is open at both ends: the address may be not one client's, but a
 * proxy's or that of many users. Asks the kernel about each accepted connection. */
bool safe_sockets_has_other(const struct safe_peer *peer, int fd);
/** True if only the thread with this serial has used the descriptor, and it has not been closed since. */
bool safe_sockets_is_of(int fd, uint32_t serial);
/** Lists the connected stream sockets that only this thread used. Returns their number, at most max. */
size_t safe_sockets_of(const struct safe_thread *thread, int *ret_fds, size_t max);
/** True if the accepted socket or the shared one that the thread used last is a connected stream socket that other
 * threads use too: whoever waits for an answer on it will not be told that the thread has ended. */
bool safe_sockets_has_shared(const struct safe_thread *thread);
/** True for a connected stream socket. Asks the kernel, because the number may have been closed and reopened
 * unseen. */
bool safe_sockets_is_connection(int fd);
/** Calls shutdown(SHUT_RDWR), never close: the number stays occupied, and the peer reads end of file. Returns
 * the number of sockets. */
size_t safe_sockets_shut(const struct safe_thread *thread);

/** The peer of the thread's inbound connection; family 0 if there is none or more than one. */
struct safe_peer safe_sockets_peer(const struct safe_thread *thread);
/** True if another thread has served a connection from this address for two seconds and more, and it is still open at
 * both ends: the address may be not one client's, but a proxy's or that of many users. */
bool safe_sockets_is_common(const struct safe_peer *peer, const struct safe_thread *thread, uint64_t now_ns);

#endif
