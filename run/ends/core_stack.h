/* SPDX-License-Identifier: MIT */
/* The C code below Go in the core of an end: one thread with its registers, its stack, and what names its frames. */
#ifndef CRUMPLE_RUN_ENDS_CORE_STACK_H
#define CRUMPLE_RUN_ENDS_CORE_STACK_H

#include <elf.h>
#include <stdio.h>

#include "cgo/memory.h"

/** Writes the note at the end of a PT_NOTE. owner: "CORE" or CRUMPLE_NOTE_OWNER. */
void core_note(FILE *to, const char *owner, uint32_t type, const void *bytes, size_t size);

/** The kernel's notes (NT_PRSTATUS, NT_AUXV, NT_FILE) and CRUMPLE_NOTE_MAPS. The memory may be of a process that the server has
 * started. */
void core_stack_notes(FILE *to, const struct cgo_memory *memory, pid_t server);

/** Writes the parts of memory at the end of the file, and fills in a header for each. */
void core_stack_parts(FILE *to, const struct cgo_memory *memory, Elf64_Phdr *ret_headers);

#endif
