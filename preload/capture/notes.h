/* SPDX-License-Identifier: MIT */
/* The note segment of the core: the kernel's notes, so that gdb reads it, and crumple's own
 * (include/crumple_format.h). */
#ifndef PRELOAD_CAPTURE_NOTES_H
#define PRELOAD_CAPTURE_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "proc/maps.h"
#include "base/scratch.h"
#include "capture/stacks.h"
#include "capture/stop.h"

struct safe_notes {
    char *data;
    size_t used, size;
    bool overflow;
};

struct safe_capture {
    struct safe_scratch scratch;
    struct safe_notes notes;
    struct safe_stop stop;
    struct safe_maps maps;
    struct safe_origin origin;
    struct safe_segments segments;
    bool only_stacks;         /* no memory that only pointers lead to: what is to be hidden is not known */
    uint32_t own_stack;       /* so many segments at the beginning are stacks of the faulting thread */
    uint64_t tls_bytes;       /* most that a thread's static block of thread-local variables takes */
    uint8_t *cut;             /* per slot: its stack was larger than the cap */
    struct safe_text *errors; /* soft errors, a line each */
    int error;                /* a negative errno: nothing can be written */
    uint32_t failed;          /* stages that did not come to their end */
};

/* Begins a note of 'bytes' and returns where its content goes (zeroed), NULL where it does not fit. */
char *safe_note_begin(struct safe_notes *n, const char *owner, uint32_t type, size_t bytes);
void safe_note_add(struct safe_notes *n, const char *owner, uint32_t type, const void *data, size_t bytes);

/* Builds all notes in the rest of the scratch memory. Returns 0 or a negative errno. */
int safe_notes_build(struct safe_notes *notes, struct safe_capture *capture);

#endif
