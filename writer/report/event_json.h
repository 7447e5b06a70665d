/* SPDX-License-Identifier: MIT */
/* The members that a line of crashes.ndjson and a JSON line on stderr share (docs/stderr.md). */
#ifndef CRUMPLE_WRITER_REPORT_EVENT_JSON_H
#define CRUMPLE_WRITER_REPORT_EVENT_JSON_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the members before the name of the host, into an open object. */
void event_json_begin(const struct crash *crash, struct buffer *out);

/** Appends the members after the name of the host. path: of the bundle, or NULL: there is none. */
void event_json_rest(const struct crash *crash, const char *path, struct buffer *out);

/** Appends the members after the name of the host, in a line that counts those of notes.logged.missed. */
void event_json_missed(const struct crash *crash, struct buffer *out);

#endif
