/* SPDX-License-Identifier: MIT */
/*
 * What the process had open and used at the fault: the notes VITALS and DESCRIPTORS. A process of its own, the looker, has
 * a copy of the table of descriptors and asks the kernel about each, while the helper stops the threads: a filter of system
 * calls that kills at getsockopt() then takes the looker, not the report. It has the helper's memory, and is gone before the
 * core is written, so that no port and no connection is held for longer.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_VITALS_H
#define CRUMPLE_PRELOAD_CAPTURE_VITALS_H

#include "capture/note.h"
#include "base/text.h"

/** Starts the looker, before the helper closes its copy of the descriptors. In the helper. */
void safe_vitals_begin(void);

/** Waits for the looker, for a limited time, and adds the note VITALS. Where there is no looker (a contained fault, a capture in
 * the process itself), /proc tells the kinds. */
void safe_vitals_add(struct safe_notes *notes);

/** Adds the note DESCRIPTORS, of which the notes can do without if there is no room. Reads nothing that may fault. */
void safe_vitals_add_lines(struct safe_notes *notes);

/** Ends the looker, if it is still there. Nothing otherwise. */
void safe_vitals_end(void);

/** From now on this process can wait for its children again. To be called before it starts one. */
void safe_vitals_over(void);

/** How long one step of the looker may take: most_ns, or an eighth of what is left until the death, because the core is worth
 * more. A plain function. */
uint64_t safe_vitals_time_ns(uint64_t now_ns, uint64_t deadline_ns, uint64_t most_ns);

/** Whether a filter that kills one process kills all that have its memory: Linux before 5.16 (fs/coredump.c). */
bool safe_vitals_kills_all(const char *release);

#endif
