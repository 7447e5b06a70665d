/* SPDX-License-Identifier: MIT */
/* Putting a captured core on disk, under the name its bundle will have. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_SAVE_H
#define CRUMPLE_PRELOAD_CAPTURE_SAVE_H

#include "capture/capture.h"
#include "out/writer.h"

/**
 * Writes the core into the first crash directory that accepts it; the file gets its name when it is complete.
 * If the program asked not to be dumped (state/dumpable.h), or CRUMPLE_STACK is not full, sets safe_fault.no_core and writes the core into
 * memory instead, as job->core_fd, which the caller closes. Fills job->dir and job->core. Returns the
 * descriptor of the directory, or a negative errno; reports failures on stderr unless 'quiet'. In the helper
 * or the keeper.
 */
int safe_save_core(struct safe_capture *capture, struct safe_writer *job, bool quiet);

#endif
