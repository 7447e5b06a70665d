/* SPDX-License-Identifier: MIT */
/* What makes a socket that is to be bound the same as one that is held (crumple_hold.h). */
#ifndef CRUMPLE_PRELOAD_HOLD_KEY_H
#define CRUMPLE_PRELOAD_HOLD_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "crumple_hold.h"

/**
 * Fills the address of a key as getsockname(2) will return it once a socket of key->family is bound to 'bytes' bytes of 'address'. False:
 * such a socket is not held (no port or name of its own, another family), or the kernel will refuse the address. Reads no more than
 * sizeof(struct sockaddr_storage).
 */
bool safe_hold_key_address(const struct sockaddr_storage *address, size_t bytes,
                           struct crumple_hold_key *ret);

/** Fills a key by what the socket says of itself. False: it is no stream socket of a family that is held, or it is bound already. */
bool safe_hold_key_socket(int fd, struct crumple_hold_key *ret);

#endif
