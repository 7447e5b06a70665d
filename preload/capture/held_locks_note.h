/* SPDX-License-Identifier: MIT */
/* The locks that threads hold, as hooks have recorded them: CRUMPLE_NOTE_HELD_LOCKS. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_HELD_LOCKS_NOTE_H
#define CRUMPLE_PRELOAD_CAPTURE_HELD_LOCKS_NOTE_H

#include "capture/note.h"
#include "stopped/stop.h"

/** Adds the note, from the tables in the threads' TLS; none where no lock is recorded (without CRUMPLE_RECOVER). In the helper, the
 * threads are stopped. */
void safe_held_locks_add(struct safe_notes *notes, const struct safe_stop *stop);

#endif
