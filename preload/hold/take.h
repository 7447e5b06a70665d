/* SPDX-License-Identifier: MIT */
/* The next life finds its listening sockets held: what hooks of bind and unlink ask (crumple_hold.h). errno stays as it is. */
#ifndef CRUMPLE_PRELOAD_HOLD_TAKE_H
#define CRUMPLE_PRELOAD_HOLD_TAKE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * In place of bind: if crumple-run holds the socket that had this address, it becomes descriptor 'fd', with that one's flags and
 * options. True: 'fd' is bound (and listens). False: bind is to be called; what was held in its way is closed.
 */
bool safe_hold_take(int fd, const void *address, size_t bytes);

/** Before unlink: true: the path is the name of a held socket, which keeps it. The caller pretends to have removed it. */
bool safe_hold_keeps(int dirfd, const char *path);

/**
 * Before listen: the backlog of a TCP socket that was taken. It is as much longer as connections wait in it already: with the server's own
 * one, the kernel would drop all that come until the server has accepted these, and a dropped client tries again after a second.
 */
int safe_hold_backlog(int fd, int backlog);

/** Before connect: true: the address is the path of a held socket, which nobody serves. A program that asks at its start whether another
 * one listens there (php-fpm) must be refused as it would be without crumple. */
bool safe_hold_hides(const void *address, size_t bytes);

#endif
