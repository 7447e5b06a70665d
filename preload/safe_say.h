/* SPDX-License-Identifier: MIT */
/* Lines on stderr, for when the writer can't speak. Each is one write, prefixed 'crumple: ', and bounded. */
#ifndef SAFE_SAY_H
#define SAFE_SAY_H

#include <stdbool.h>

#include "safe_notes.h"
#include "safe_writer.h"

struct safe_text;
/* Whole lines, where CRUMPLE_STDERR and descriptor 2 allow it. */
void safe_say_text(const struct safe_text *t);
void safe_say_line(const char *text);
/* "WHAT: CAUSE; CONSEQUENCE" */
void safe_say_failure(const char *what, long negative_errno, const char *consequence);
void safe_say_cannot_write(const char *dir, long negative_errno, bool last);
/* What is known without an unwinder: signal, address, thread, program counter. */
void safe_say_fault(const struct safe_capture *capture);
/* The mini core stays, and why. */
void safe_say_pending(const struct safe_writer *job, const char *why, long negative_errno);

/* The one line of a contained fault, from safe_fault and safe_recovery; by the thread itself. */
void safe_say_contained(void);
void safe_say_breaker(const char *scope, const char *name, const char *from, const char *to);
/* A routine is off, or on again. */
void safe_say_parked(const char *routine, bool parked);
/* Why a fault that was to be contained is not: before the summary of the crash. */
void safe_say_not_contained(void);

#endif
