/* SPDX-License-Identifier: MIT */
/*
 * Debug files from debuginfod, for who asks for it: the servers of $DEBUGINFOD_URLS learn which builds crashed. The program
 * debuginfod-find asks them, before the sandbox is entered; it gets nothing of the bundle but build-ids.
 */
#ifndef CRUMPLE_CLI_LOOKUP_FETCH_H
#define CRUMPLE_CLI_LOOKUP_FETCH_H

#include "lookup/sources.h"

/** Fetches what the modules on the stacks of a bundle lack into sources->fetched, for at most 90 s. A child in a sandbox reads
 * the bundle. Says what it does, and what is missing. fd: the bundle, from its beginning, where it is again afterwards. */
void fetch_debug_files(int fd, struct sources *sources);

/** A descriptor of the same bytes that can be read twice: fd itself, or a copy in memory (fd is closed) of what comes through a
 * pipe. Returns a negative errno (-EFBIG: more than 1 GiB) where fd stays open. */
int fetch_rewindable(int fd);

#endif
