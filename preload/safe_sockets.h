/* SPDX-License-Identifier: MIT */
/*
 * Safe file: who uses which socket. A word for each descriptor: the serial of the one thread that did I/O on
 * it since its accept, socket() or first use, or SHARED. Fed by the redirected functions (hooks/sockets.c).
 */
#ifndef SAFE_SOCKETS_H
#define SAFE_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "safe_thread.h"

#define SAFE_SOCKETS_MAX    65536 /* descriptors beyond are taken for shared */
#define SAFE_SOCKET_SHARED  0xffffffffu
#define SAFE_SOCKET_INBOUND 0x80000000u /* flag of a word: accepted, not made by socket() */

/* Maps the table (untouched memory costs nothing). Returns 0 or a negative errno. */
int safe_sockets_prepare(void);

/* The stream sockets only this thread used, connected and not listening. Returns how many, at most max. */
size_t safe_sockets_of(const struct safe_thread *thread, int *ret_fds, size_t max);
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
