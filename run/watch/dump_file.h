/* SPDX-License-Identifier: MIT */
/* What Go's runtime has printed into a file: no guard has seen it pass. */
#ifndef CRUMPLE_RUN_WATCH_DUMP_FILE_H
#define CRUMPLE_RUN_WATCH_DUMP_FILE_H

#include <sys/types.h>

#include "watch/dump_filter.h"

/** Reads the file from there on, or the last CRUMPLE_MAX_GO_DUMP bytes of it. A new filter then is as after dump_filter_end(): a dump
 * counts if only some lines of others follow it. */
void dump_file_read(int fd, off_t from, struct dump_filter *filter);

#endif
