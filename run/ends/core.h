/* SPDX-License-Identifier: MIT */
/* One end as a core that holds notes alone: include/crumple_format.h. */
#ifndef CRUMPLE_RUN_ENDS_CORE_H
#define CRUMPLE_RUN_ENDS_CORE_H

#include <stddef.h>
#include <stdio.h>

#include "ends/judge.h"

#define CORE_NAME_BYTES 96

/** NAME, without an ending: the end's time plus some microseconds, the program, the process (crumple-run if none was made). */
void core_name(const struct end_facts *facts, unsigned more_us, char ret_name[CORE_NAME_BYTES]);

/** Writes the core to an empty file that can be rewound: a Go program's dump has megabytes, which need no second place in memory.
 * Returns 0 or a negative errno. */
int core_write(const struct end_facts *facts, enum end_kind kind, FILE *to);

/** Writes the notes of an end that Go's runtime has told alone, at the end of a PT_NOTE. */
void core_go_notes(FILE *to, const struct end_facts *facts);

#endif
