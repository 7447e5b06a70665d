/* SPDX-License-Identifier: MIT */
/* The drill as a verb: its options, its help, and what runs it (drill.c). */
#ifndef CRUMPLE_DRILL_VERB_H
#define CRUMPLE_DRILL_VERB_H

#include "screen/verb.h"

extern const struct verb drill_verb;

#endif
