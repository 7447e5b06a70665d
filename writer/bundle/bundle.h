/* SPDX-License-Identifier: MIT */
/*
 * The bundle on disk: a temporary file beside the core, complete and synced, then renamed. At every moment a
 * reader sees no bundle or a whole one, and the core goes only after the bundle has come.
 */
#ifndef WRITER_BUNDLE_BUNDLE_H
#define WRITER_BUNDLE_BUNDLE_H

#include "crash/crash.h"
#include "bundle/pack.h"

/**
 * Writes the bundle of crash into the directory at directory: the reports, then rest, which is the packed
 * core with all that follows it. An existing bundle of that name is never replaced: a number is added. Sets
 * ret_name to the file name. Returns 0 or a negative errno; then no file of it is left.
 */
int bundle_write(int directory, struct crash *crash, struct pack *rest, char *ret_name, size_t name_size);

#endif
