/* SPDX-License-Identifier: MIT */
/* Safe: addresses of peers, as numbers and as text. */
#ifndef CRUMPLE_PRELOAD_BASE_PEER_ADDRESS_H
#define CRUMPLE_PRELOAD_BASE_PEER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer_table.h"

/** "192.0.2.7" or "2001:db8::7" (mapped IPv4 addresses as IPv4); "" for none. size >= 48. */
void safe_peer_text(const struct safe_peer *peer, char *buffer, size_t size);
/** The peer of a connected socket; family 0 if it has none. Raw getpeername. */
struct safe_peer safe_peer_of(int fd);
/** The same of its own end. Raw getsockname. */
struct safe_peer safe_peer_own(int fd);

#endif
