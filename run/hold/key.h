/* SPDX-License-Identifier: MIT */
/* What makes two listening sockets the same one (struct crumple_hold_key), and which ones the kernel lets stand side by side. */
#ifndef CRUMPLE_RUN_HOLD_KEY_H
#define CRUMPLE_RUN_HOLD_KEY_H

#include <stdbool.h>

#include "crumple_hold.h"

enum key_relation { KEY_APART, KEY_SAME, KEY_IN_THE_WAY };

/**
 * Checks a key from elsewhere, and sets what does not count to 0. False: no such socket is held. Those are held whose address another life
 * can ask for: IPv4 and IPv6 with a port, and AF_UNIX with a name that is absolute or abstract.
 */
bool key_normalise(struct crumple_hold_key *key);

/** The key of a listening stream socket. False: it is none, or none that is held. */
bool key_read(int fd, struct crumple_hold_key *ret);

/** How a held socket stands to one that is to be bound. KEY_IN_THE_WAY: bind(2) or listen(2) would say EADDRINUSE. Both are normalised. */
enum key_relation key_compare(const struct crumple_hold_key *held, const struct crumple_hold_key *wanted);

/** The path in the file system; NULL: the socket has none. It lives as long as the key. */
const char *key_path(const struct crumple_hold_key *key);

#endif
