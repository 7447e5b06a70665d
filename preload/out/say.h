/* SPDX-License-Identifier: MIT */
/*
 * Lines on stderr that the writer cannot print. Each is one bounded write: text with the prefix 'crumple: ',
 * or a JSON object with CRUMPLE_STDERR=json (docs/stderr.md). In the helper, the keeper, the faulting thread
 * and the constructor.
 */
#ifndef CRUMPLE_PRELOAD_OUT_SAY_H
#define CRUMPLE_PRELOAD_OUT_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "crumple_format.h"
#include "out/writer.h"

/** Ends a line about a crash that leaves neither a bundle nor a core: "no core is kept: " and why. */
const char *safe_say_no_core(void);

struct safe_event;
struct safe_text;
/** Whether CRUMPLE_STDERR and descriptor 2 allow a line. */
bool safe_say_wanted(void);
/** The pid for lines: that of the host, also if the helper calls. */
int safe_say_pid(void);
/** Writes a whole line if lines are wanted; see safe_stderr_text. */
void safe_say_text(const struct safe_text *t);
/** Writes an event of the fault in safe_fault as JSON if lines are wanted. Needs the claim. */
void safe_say_fault_event(struct safe_event *event);
void safe_say_line(const char *text);
/** "WHAT: CAUSE; CONSEQUENCE" */
void safe_say_failure(const char *what, long negative_errno, const char *consequence);
void safe_say_cannot_write(const char *dir, long negative_errno, bool last);
/** Prints the facts that need no unwinder: signal, address, thread, program counter, number of threads (0: not counted). */
void safe_say_fault(uint32_t thread_count);
/** Says why there is no bundle: the mini core stays, or none exists because the program asked not to be
 * dumped. */
void safe_say_pending(const struct safe_writer *job, const char *why, long negative_errno);

/** Prints the line of a contained fault, from safe_fault and safe_recovery. In the faulting thread. */
void safe_say_contained(void);
/** Says why the peer of safe_recovery gets no strike. In the faulting thread. */
void safe_say_common_peer(void);
void safe_say_breaker(const char *scope, const char *name, const char *from, const char *to);
/** Says that a routine is off (parked), or on again. */
void safe_say_parked(const char *routine, bool parked);
/** Says why a fault is not contained although a rule asked for it. Before the summary of the crash. */
void safe_say_not_contained(void);

#endif
