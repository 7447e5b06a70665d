/* SPDX-License-Identifier: MIT */
/* SystemCallFilter= of a unit (systemd.exec(5)), and the calls of the capture (docs/surroundings.md). */
#ifndef CRUMPLE_CLI_FACTS_UNIT_CALLS_H
#define CRUMPLE_CLI_FACTS_UNIT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "facts/unit.h"

/** The word of SystemCallFilter= that refuses a call of the capture, in ret_word; *ret_kills: the call ends the process,
 * instead of failing. "mincore" stands for a list that lacks this call alone. False: none does. */
bool unit_refuses_calls(const struct unit *unit, char *ret_word, size_t size, bool *ret_kills);

#endif
