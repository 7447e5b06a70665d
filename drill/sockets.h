/* SPDX-License-Identifier: MIT */
/* The port of a server, and what its sockets do, as /proc tells. */
#ifndef CRUMPLE_DRILL_SOCKETS_H
#define CRUMPLE_DRILL_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

/** A port that nobody uses. slot: of the worker; each has a range of its own, and goes round in it. Returns the port or
 * -EADDRINUSE. */
int drill_sockets_choose_port(unsigned slot);
/** Whether the process has a listening stream socket (TCP or of the UNIX domain), or a UDP socket at the port. */
bool drill_sockets_is_listening(pid_t pid, int port);
/** Whether somebody listens at the TCP port, and nobody has connected to it. */
bool drill_sockets_is_avoided(pid_t pid, int port);

#endif
