/* SPDX-License-Identifier: MIT */
/* The summary on the dying server's stderr: one write of at most 15 lines, or one JSON line. */
#ifndef CRUMPLE_WRITER_REPORT_SUMMARY_H
#define CRUMPLE_WRITER_REPORT_SUMMARY_H

#include "base/buffer.h"
#include "crash/crash.h"

enum summary_mode { SUMMARY_OFF = 0, SUMMARY_TEXT = 1, SUMMARY_JSON = 2 };

/** Appends the summary of crash, whose bundle is at path (NULL: it has none), to out. */
void summary_write(const struct crash *crash, enum summary_mode mode, const char *path, struct buffer *out);

#endif
