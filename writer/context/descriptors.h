/* SPDX-License-Identifier: MIT */
/* What the process had open at the fault. */
#ifndef CRUMPLE_WRITER_CONTEXT_DESCRIPTORS_H
#define CRUMPLE_WRITER_CONTEXT_DESCRIPTORS_H

#include "crash/crash.h"

/** Reads a note of descriptors; lines that make no sense are skipped. The caller frees text and items. Returns 0 or -ENOMEM. */
int descriptors_read(struct core_span note, struct descriptors *ret_descriptors);

/**
 * What the descriptor was: "tcp 10.0.0.1:8080 established 10.0.0.2:4711", "pipe", "file /var/lib/x.db". Foreign text, as
 * long as crash. NULL: it was not open, or is not known.
 */
const char *descriptors_find(const struct crash *crash, int fd);

#endif
