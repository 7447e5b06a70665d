/* SPDX-License-Identifier: MIT */
/*
 * Maps without /proc: made from the loader's list of modules and, for stacks, by trying which pages can be
 * read. Memory that neither source names (the heap) is missing. In the helper.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_MAPS_MADE_H
#define CRUMPLE_PRELOAD_CAPTURE_MAPS_MADE_H

#include "proc/maps.h"
#include "stopped/stop.h"

/** Fills *maps as safe_maps_read would. Returns 0 or a negative errno. */
int safe_maps_make(struct safe_maps *maps, const struct safe_stop *stop, struct safe_scratch *scratch);

#endif
