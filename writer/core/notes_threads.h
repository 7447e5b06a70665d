/* SPDX-License-Identifier: MIT */
/* The threads of a core: the note that lists all of them, and an NT_PRSTATUS for each that has registers. */
#ifndef CRUMPLE_WRITER_CORE_NOTES_THREADS_H
#define CRUMPLE_WRITER_CORE_NOTES_THREADS_H

#include "core/notes.h"

struct elf_prstatus;

struct notes_statuses {
    const struct elf_prstatus **items; /* owned; what they point to may be unaligned: copied before use */
    size_t count, capacity;
};

/** Remembers the content of an NT_PRSTATUS; a short one is passed over. Returns 0 or -ENOMEM. */
int notes_statuses_add(struct notes_statuses *statuses, struct core_span content);

void notes_statuses_release(struct notes_statuses *statuses);

/** Sets notes->threads from the content of CRUMPLE_NOTE_THREADS. statuses gets sorted. Returns 0 or -ENOMEM.
 */
int notes_threads_read(struct core_span threads, struct notes_statuses *statuses, struct notes *notes);

/** Sets notes->threads from the statuses of a kernel's core, at least one. Returns 0 or -ENOMEM. */
int notes_threads_from_kernel(const struct notes_statuses *statuses, struct notes *notes);

#endif
