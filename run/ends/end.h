/* SPDX-License-Identifier: MIT */
/* Tells an end: the event 'died' in the crash directory. */
#ifndef CRUMPLE_RUN_ENDS_END_H
#define CRUMPLE_RUN_ENDS_END_H

#include "ends/facts.h"
#include "settings.h"

/**
 * Tells the end if it is an event that crumple has not told already: writes NAME.core, which holds the facts, and lets
 * crumple-writer make the bundle, the line of crashes.ndjson and the lines on stderr of it. If the writer cannot, the core
 * stays for 'crumple collect'. With CRUMPLE=0, and for programs that CRUMPLE_ONLY does not match, it does nothing.
 *
 * A child process does the work. Returns at facts->deadline_us at the latest. What goes wrong costs a line on stderr.
 * Returns true if the end was said on stderr.
 *
 * An error that the server has only logged (facts->logged) takes the same way, and is an event 'logged'.
 */
bool end_tell(const struct end_facts *facts);

/** The CRUMPLE_ variables as they are now, for crumple-run and what it tells. */
const struct crumple_settings *end_settings(void);

/** In a process before exec: the signals as crumple-writer expects them, none blocked or ignored. */
void end_give_back_signals(void);

/** False with CRUMPLE=0, and for a program that CRUMPLE_ONLY does not match. */
bool end_is_wanted(const char *exe);

#endif
