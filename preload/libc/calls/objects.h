/* SPDX-License-Identifier: MIT */
/* Which loaded object a piece of code belongs to. Ordinary code, signal-safe. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_OBJECTS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_OBJECTS_H

#include <stdbool.h>

/** With libc's other functions (loader/real.h). Not signal-safe. */
void libc_objects_prepare(void);
/** False: this libc cannot be asked while other threads load objects. */
bool libc_finds_objects(void);
/** The memory of the object around this code, from its ELF header on. False: in none, or it cannot be asked. */
bool libc_object_at(const void *code, const char **ret_start, const char **ret_end);

#endif
