/* SPDX-License-Identifier: MIT */
/* Reports of an end that Go's runtime made: the goroutines. */
#ifndef CRUMPLE_WRITER_REPORT_GO_REPORT_H
#define CRUMPLE_WRITER_REPORT_GO_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** The member 'go' of report.json; nothing for another event. */
void go_json(const struct crash *crash, struct buffer *out);

/** The goroutines in report.txt, folded by equal stacks. */
void go_text(const struct crash *crash, struct buffer *out);

/** Whether goroutines are missing at the end of what Go printed. */
bool go_text_is_cut(const struct crash *crash);

/** "goroutine 7 [running], of 10001": the place of the faulting thread in a line for people. */
void go_text_goroutine(const struct crash *crash, struct buffer *out);

/** Appends the dump as the bundle keeps it: whole, without what looks secret in messages and in lines of others. */
void go_dump_member(struct core_span dump, struct buffer *out);

#endif
