/* SPDX-License-Identifier: MIT */
/* Which descriptors the helper and the keeper have. */
#ifndef CRUMPLE_PRELOAD_OUT_DESCRIPTORS_H
#define CRUMPLE_PRELOAD_OUT_DESCRIPTORS_H

/**
 * Closes every descriptor except stderr, the held ones and its own, so that a listening port is free as soon as
 * the server is dead. Opens /dev/null where 0, 1 or 2 is closed. Signal-safe; for the helper and the keeper.
 */
void safe_descriptors_close(void);

#endif
