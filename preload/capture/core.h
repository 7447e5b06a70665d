/* SPDX-License-Identifier: MIT */
/* The mini core: collected in memory, then written in one go. In the helper or the keeper. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_CORE_H
#define CRUMPLE_PRELOAD_CAPTURE_CORE_H

#include "capture/capture.h"

/**
 * Stops all threads and collects the content of the core; writes nothing. Missing content becomes a soft
 * error. Returns 0 or a negative errno.
 */
int safe_core_collect(struct safe_capture *capture);

/** Writes the core to a file at its beginning. Can be called again with another file. Returns 0 or a negative
 * errno. */
int safe_core_write(struct safe_capture *capture, int fd);

#endif
