/* SPDX-License-Identifier: MIT */
/* crumple.prom: the tally of crashes.ndjson in Prometheus' text format (docs/metrics.md). */
#ifndef CRUMPLE_WRITER_LEDGER_METRICS_H
#define CRUMPLE_WRITER_LEDGER_METRICS_H

#include "ledger/tally.h"

/** Appends the text for the events of that user. */
void metrics_render(struct tally *tally, unsigned uid, struct buffer *out);

/**
 * Derives crumple.prom in the directory from crashes.ndjson there, and replaces it at once. The caller has
 * the lock of the directory: an older state must not replace a newer one. *ret_log_size: the bytes of the log
 * that it covers. Returns 0 or a negative errno.
 */
int metrics_write(int directory, uint64_t *ret_log_size);

#endif
