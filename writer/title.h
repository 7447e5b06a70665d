/* SPDX-License-Identifier: MIT */
/* From the facts to the words that people and grouping see: kind, reason, signature, title. */
#ifndef CRUMPLE_WRITER_TITLE_H
#define CRUMPLE_WRITER_TITLE_H

#include "crash.h"

/** Sets kind, reason, signature and title of crash. Returns 0 or -ENOMEM. */
int title_make(struct crash *crash);

#endif
