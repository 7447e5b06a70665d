/* SPDX-License-Identifier: MIT */
/* Whether the files have the variables of CRUMPLE_WATCH. */
#ifndef CRUMPLE_CLI_DOCTOR_WATCH_RULES_H
#define CRUMPLE_CLI_DOCTOR_WATCH_RULES_H

#include "doctor/gather.h"

/**
 * Adds a verdict for each entry: the executable first, then its libraries, as crumple-writer looks (writer/watch/watch_find.c), but by their files.
 * Foreign bytes: call it where this program has given up its rights.
 */
void watch_judge(const struct gathered *facts, const struct program *program, struct verdicts *ret);

#endif
