/* SPDX-License-Identifier: MIT */
/* What the program has told of its work, as notes. In the helper. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_TOLD_NOTES_H
#define CRUMPLE_PRELOAD_CAPTURE_TOLD_NOTES_H

#include "capture/note.h"
#include "stopped/stop.h"

/** Adds CRUMPLE_NOTE_TAGS and CRUMPLE_NOTE_BREADCRUMBS, if there is anything. */
void safe_told_notes_add(struct safe_notes *notes, const struct safe_stop *stop);

#endif
