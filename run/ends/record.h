/* SPDX-License-Identifier: MIT */
/* Tells a life record that was found open: its server ended together with its crumple-run. */
#ifndef CRUMPLE_RUN_ENDS_RECORD_H
#define CRUMPLE_RUN_ENDS_RECORD_H

#include "ends/end.h"
#include "watch/life.h"

/** Words of a record's command. */
#define RECORD_WORDS_MAX 256

/** The record as facts, which point into it and into words. A plain function. */
void record_facts(const struct life_record *record, char *words[RECORD_WORDS_MAX + 1], struct end_facts *ret);

/** A life_take() callback: tells the record, unless a crash or an event 'died' tells the same end already. run_id: the value of
 * CRUMPLE_RUN_ID of the run that tells it. */
void record_tell(void *run_id, const struct life_record *record);

#endif
