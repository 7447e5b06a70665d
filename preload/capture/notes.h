/* SPDX-License-Identifier: MIT */
/* The note segment of the core: the kernel's notes, so that gdb reads it, and crumple's own
 * (include/crumple_format.h). */
#ifndef CRUMPLE_PRELOAD_CAPTURE_NOTES_H
#define CRUMPLE_PRELOAD_CAPTURE_NOTES_H

#include "capture/capture.h"

/** Builds all notes in the rest of the scratch memory. Returns 0 or a negative errno. */
int safe_notes_build(struct safe_notes *notes, struct safe_capture *capture);

#endif
