/* SPDX-License-Identifier: MIT */
/* The text of a wait as it grows; what does not fit is cut. */
#ifndef CRUMPLE_WRITER_CONTEXT_WAIT_TEXT_H
#define CRUMPLE_WRITER_CONTEXT_WAIT_TEXT_H

#include "crash/waits.h"

void wait_text_add(struct thread_wait *wait, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** "1.5 s", "20 ms", "3 us"; negative: "a time that is not known". */
void wait_text_add_time(struct thread_wait *wait, int64_t ns);

#endif
