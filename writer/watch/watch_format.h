/* SPDX-License-Identifier: MIT */
/* A number of a told type in words. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_FORMAT_H
#define CRUMPLE_WRITER_WATCH_WATCH_FORMAT_H

#include <stddef.h>

#include "watch_entry.h"

/** Writes the value of watch_type_size(type) bytes; always ended. */
void watch_format(enum watch_type type, const void *bytes, char *ret, size_t size);

#endif
