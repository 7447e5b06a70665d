/* SPDX-License-Identifier: MIT */
/* One end as a core that holds notes alone: include/crumple_format.h. */
#ifndef CRUMPLE_RUN_ENDS_CORE_H
#define CRUMPLE_RUN_ENDS_CORE_H

#include <stddef.h>

#include "ends/judge.h"

#define CORE_NAME_BYTES 96

/** NAME, without an ending: the end's time plus some microseconds, the program, the process (crumple-run if none was made). */
void core_name(const struct end_facts *facts, unsigned more_us, char ret_name[CORE_NAME_BYTES]);

/** The bytes of the core, to be freed. Returns 0 or -ENOMEM. */
int core_make(const struct end_facts *facts, enum end_kind kind, char **ret_bytes, size_t *ret_size);

#endif
