/* SPDX-License-Identifier: MIT */
/* Looking at descriptors: their kinds, a line of text for the first ones, and what the kernel says of connections. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_VITALS_LOOK_H
#define CRUMPLE_PRELOAD_CAPTURE_VITALS_LOOK_H

#include "capture/vitals_found.h"

/** Looks at all descriptors of the calling process, until the deadline (CLOCK_MONOTONIC, ns). In the looker: any call of the
 * kernel may be made that does not wait. */
void safe_look_all(struct safe_look *look, uint64_t deadline_ns);

/** The same of the folder /proc/PID/fd, by calls that the capture makes anyway: a filter may kill for others. */
void safe_look_folder(struct safe_look *look, const char *folder, uint64_t deadline_ns);

#endif
