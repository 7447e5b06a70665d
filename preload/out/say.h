/* SPDX-License-Identifier: MIT */
/*
 * Lines on stderr, for when the writer can't speak. Each is one write and bounded: text with the prefix
 * 'crumple: ', or an object with CRUMPLE_STDERR=json (docs/stderr.md).
 */
#ifndef PRELOAD_OUT_SAY_H
#define PRELOAD_OUT_SAY_H

#include <stdbool.h>

#include "crumple_format.h"
#include "capture/notes.h"
#include "out/writer.h"

/* The end of a line about a crash of which neither a bundle nor a core is left. */
#define SAFE_SAY_NO_CORE "no core is kept: " CRUMPLE_NOT_DUMPABLE

struct safe_event;
struct safe_text;
/* Whether CRUMPLE_STDERR and descriptor 2 allow a line. */
bool safe_say_wanted(void);
/* The process that lines are about: that of the helper's threads, not the helper. */
int safe_say_pid(void);
/* Writes a whole line, where it is wanted; see safe_stderr_text. */
void safe_say_text(const struct safe_text *t);
/* Writes an event of the fault in safe_fault as JSON, where it is wanted. Needs the claim. */
void safe_say_fault_event(struct safe_event *event);
void safe_say_line(const char *text);
/* "WHAT: CAUSE; CONSEQUENCE" */
void safe_say_failure(const char *what, long negative_errno, const char *consequence);
void safe_say_cannot_write(const char *dir, long negative_errno, bool last);
/* What is known without an unwinder: signal, address, thread, program counter. */
void safe_say_fault(const struct safe_capture *capture);
/* No bundle, and why: the mini core stays, or is gone where the program asked not to be dumped. */
void safe_say_pending(const struct safe_writer *job, const char *why, long negative_errno);

/* The one line of a contained fault, from safe_fault and safe_recovery; by the thread itself. */
void safe_say_contained(void);
void safe_say_breaker(const char *scope, const char *name, const char *from, const char *to);
/* A routine is off, or on again. */
void safe_say_parked(const char *routine, bool parked);
/* Why a fault that was to be contained is not: before the summary of the crash. */
void safe_say_not_contained(void);

#endif
