/* SPDX-License-Identifier: MIT */
/* Turns the facts into the words for people and for grouping: kind, reason, signature, title. */
#ifndef CRUMPLE_WRITER_EXPLAIN_TITLE_H
#define CRUMPLE_WRITER_EXPLAIN_TITLE_H

#include "crash/crash.h"

/** Sets kind, reason, signature and title of crash. Returns 0 or -ENOMEM. */
int title_make(struct crash *crash);

#endif
