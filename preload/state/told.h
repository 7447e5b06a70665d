/* SPDX-License-Identifier: MIT */
/*
 * What has been said once and is not to be said again, by this process or by its forks: a server may fork for each
 * request. The page is shared with all of them. Writers: any thread in a hook. Lifetime: until exec.
 */
#ifndef CRUMPLE_PRELOAD_STATE_TOLD_H
#define CRUMPLE_PRELOAD_STATE_TOLD_H

#include <stdbool.h>
#include <stdint.h>

/** Maps the page, in the constructor. Returns 0 or a negative errno; without it nothing is said. */
int safe_told_prepare(void);

/** True once for each text and number, as long as there is room. Any context. */
bool safe_told_first(const char *text, uint64_t number);

#endif
