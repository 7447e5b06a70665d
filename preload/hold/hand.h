/* SPDX-License-Identifier: MIT */
/* The server dies, or is dead: what its hold helper does with the descriptors. */
#ifndef CRUMPLE_PRELOAD_HOLD_HAND_H
#define CRUMPLE_PRELOAD_HOLD_HAND_H

#include "state/config.h"

/** Lets the backlogs of the listening sockets be as long as the system allows: for as long as the server is being captured, nobody
 * accepts. The server's next listen(2) puts them back. Both in the hold helper. */
void safe_hold_raise_backlogs(void);

/** Hands the listening sockets to crumple-run. The helper ends then, and with it whatever else the server had open. */
void safe_hold_hand(const struct config_hold *hold);

#endif
