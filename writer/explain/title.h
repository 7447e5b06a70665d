/* SPDX-License-Identifier: MIT */
/* From the facts to the words that people and grouping see: kind, reason, signature, title. */
#ifndef WRITER_EXPLAIN_TITLE_H
#define WRITER_EXPLAIN_TITLE_H

#include "crash/crash.h"

/** Sets kind, reason, signature and title of crash. Returns 0 or -ENOMEM. */
int title_make(struct crash *crash);

#endif
