/* SPDX-License-Identifier: MIT */
/* What makes a socket that is to be bound the same as one that is held (crumple_hold.h). */
#ifndef CRUMPLE_PRELOAD_HOLD_KEY_H
#define CRUMPLE_PRELOAD_HOLD_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "crumple_hold.h"

/**
 * Fills the address of a key by what bind(2) was called with; crumple-run knows in how many ways one address can be written. False:
 * a socket with this one is not held, because the kernel chooses the port or the name, or the kernel will refuse it.
 */
bool safe_hold_key_address(const struct sockaddr_storage *address, size_t bytes,
                           struct crumple_hold_key *ret);

/** Fills a key by what the socket says of itself. False: it is no stream socket of a family that is held, or it is bound already. */
bool safe_hold_key_socket(int fd, struct crumple_hold_key *ret);

#endif
