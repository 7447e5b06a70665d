/* SPDX-License-Identifier: MIT */
/*
 * Safe file: who uses which socket. A word for each descriptor: the serial of the one thread that did I/O on
 * it since its accept, socket() or first use, or SHARED. Fed by the redirected functions
 * (hooks/redirected/sockets.c).
 */
#ifndef PRELOAD_TRACK_SOCKETS_H
#define PRELOAD_TRACK_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/thread.h"

#define SAFE_SOCKETS_MAX    65536 /* descriptors beyond are taken for shared */
#define SAFE_SOCKET_SHARED  0xffffffffu
#define SAFE_SOCKET_INBOUND 0x80000000u /* flag of a word: accepted, not made by socket() */

/* Other words: 0 is not used yet, or not known; the next ones are no sockets. */
#define SAFE_SOCKET_PLAIN   0x7ffffffeu /* a file or a device */
#define SAFE_SOCKET_FEEDS   0x7ffffffdu /* a pipe, an eventfd, ...: who reads it is fed by somebody */
#define SAFE_SERIAL_HIGHEST 0x7ffffff0u /* serials of threads stay below */

/* Maps the table (untouched memory costs nothing). Returns 0 or a negative errno. */
int safe_sockets_prepare(void);
extern uint32_t *safe_sockets_table; /* NULL: not prepared, the functions below do nothing */

/* What the hooks tell. The calling thread is about to read from or write to the descriptor; errno is kept.
 * What is used for the first time is looked at (fstat). */
void safe_sockets_used(int fd, bool reads);
/* True when that is known already: its own, or everybody's. */
static inline bool safe_sockets_known(int fd)
{
    struct safe_thread *self = safe_self;
    uint32_t word;
    if (!self || (uint32_t)fd >= SAFE_SOCKETS_MAX)
        return false;
    word = __atomic_load_n(&safe_sockets_table[fd], __ATOMIC_RELAXED);
    if ((word & ~SAFE_SOCKET_INBOUND) != self->serial)
        return word == SAFE_SOCKET_SHARED;
    self->last_fd = fd;
    return true;
}
/* A descriptor has come into being: by accept, or otherwise, with nothing known of it. */
void safe_sockets_accepted(int fd);
void safe_sockets_made(int fd);
/*
 * A thread is about to be made by the calling one, and what that one has accepted last is most likely for it:
 * it is the new thread's until somebody else uses it. Otherwise a thread that faults before its first read
 * would leave a connection that nobody owns.
 */
void safe_sockets_hand_over(struct safe_thread *made);
/*
 * At the first thread: the hooks begin only now, and did not see what was accepted before. If there is just
 * one accepted connection among the first 1024 descriptors, it is told to safe_sockets_accepted(). To be
 * called by the process's only thread.
 */
void safe_sockets_find_accepted(void);
/* Two numbers for one description: nobody owns it any more. */
void safe_sockets_duplicated(int old, int copy);
/* It is about to be closed; its number is free again then. False in a child made by vfork, which shares our
 * memory: it stays open here. */
bool safe_sockets_closed(int fd);

/* The descriptor has not been closed since only the thread with this serial used it. */
bool safe_sockets_is_of(int fd, uint32_t serial);
/* The stream sockets only this thread used, connected and not listening. Returns how many, at most max. */
size_t safe_sockets_of(const struct safe_thread *thread, int *ret_fds, size_t max);
/* A connected stream socket; asked of the kernel, as a number may have been closed and opened unseen. */
bool safe_sockets_is_connection(int fd);
/* shutdown(SHUT_RDWR), never close: the number stays taken, the peer reads end of file. Returns how many. */
size_t safe_sockets_shut(const struct safe_thread *thread);

/* A peer: address without port. family 0: none (not a socket of AF_INET, AF_INET6). */
struct safe_peer {
    uint8_t family; /* 4 or 6 */
    uint8_t address[16];
};
bool safe_peer_equal(const struct safe_peer *a, const struct safe_peer *b);
/* "192.0.2.7" or "2001:db8::7" (mapped IPv4 addresses as IPv4); "" for none. size >= 48. */
void safe_peer_text(const struct safe_peer *peer, char *buffer, size_t size);
/* The peer of a connected socket; family 0 where it has none. Raw getpeername. */
struct safe_peer safe_peer_of(int fd);
/* The peer of the thread's inbound connection; family 0 where there is none or more than one. */
struct safe_peer safe_sockets_peer(const struct safe_thread *thread);

#endif
