/* SPDX-License-Identifier: MIT */
/* One socket: its kind and state, and its line. In the looker. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_VITALS_SOCKETS_H
#define CRUMPLE_PRELOAD_CAPTURE_VITALS_SOCKETS_H

#include "capture/vitals_found.h"

/** Looks at the descriptor. Returns 0, -EBADF if it is not open, or -ENOTSOCK. line: it gets a line, if there is room. */
int safe_look_socket(struct safe_look *look, int fd, bool line);

/** Writes the lines 'peer=' of both lists. */
void safe_look_write_peers(struct safe_look *look);

#endif
