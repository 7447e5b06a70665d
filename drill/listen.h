/* SPDX-License-Identifier: MIT */
/* Whether a process listens. */
#ifndef DRILL_LISTEN_H
#define DRILL_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether a descriptor of the process is a listening stream socket: TCP over IPv4 or IPv6, or of the UNIX
 * domain. */
bool drill_listen_find(pid_t pid);

#endif
