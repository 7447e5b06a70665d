/* SPDX-License-Identifier: MIT */
/*
 * The bundle on disk: a temporary file beside the core, completed, synced, then renamed. At every moment a
 * reader sees either no bundle or a whole one. The core is removed only after the bundle has its name.
 */
#ifndef CRUMPLE_WRITER_BUNDLE_BUNDLE_H
#define CRUMPLE_WRITER_BUNDLE_BUNDLE_H

#include "crash/crash.h"
#include "bundle/pack.h"

/**
 * Writes the bundle of crash into the directory at directory: the reports, then rest, which is the packed
 * core and the members after it. Never replaces an existing bundle of that name: it adds a number. Sets
 * ret_name to the file name. Returns 0, or a negative errno; then it leaves no file.
 */
int bundle_write(int directory, struct crash *crash, struct pack *rest, char *ret_name, size_t name_size);

#endif
