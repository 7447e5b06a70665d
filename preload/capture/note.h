/* SPDX-License-Identifier: MIT */
/* ELF notes, one after the other in scratch memory. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_NOTE_H
#define CRUMPLE_PRELOAD_CAPTURE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct safe_notes {
    char *data;
    size_t used, size;
    bool overflow;
};

/** Begins a note of 'bytes' and returns where its content goes (zeroed), NULL where it does not fit. */
char *safe_note_begin(struct safe_notes *n, const char *owner, uint32_t type, size_t bytes);
void safe_note_add(struct safe_notes *n, const char *owner, uint32_t type, const void *data, size_t bytes);

#endif
