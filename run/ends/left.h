/* SPDX-License-Identifier: MIT */
/*
 * A core that libcrumple.so has left to crumple-run: that of a Go program whose runtime ends it by SIGABRT (GOTRACEBACK=crash).
 * What the runtime has printed is added to it, so that both are one event.
 */
#ifndef CRUMPLE_RUN_ENDS_LEFT_H
#define CRUMPLE_RUN_ENDS_LEFT_H

#include "ends/core.h"

/** Whether such a core may be there: the process died of SIGABRT, and was told that this one finishes it. */
bool left_is_possible(const struct end_facts *facts);

/** Finds the pending core of the process in the folder, not older than since_ns (CLOCK_REALTIME), and adds the notes of Go's end.
 * Without room for them it stays as it was. False: there is none. */
bool left_take(const struct end_facts *facts, int directory, uint64_t since_ns,
               char ret_name[CORE_NAME_BYTES + 8]);

/** Adds a PT_NOTE to the core that is open at to, read and write: its program headers move to the end. Returns 0 or a negative errno;
 * then the core is what it was. */
int left_add_notes(FILE *to, const struct end_facts *facts);

#endif
