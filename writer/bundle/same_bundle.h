/* SPDX-License-Identifier: MIT */
/*
 * Does a bundle belong to a core? A writer may have been killed after it renamed the bundle and before it
 * removed the core. The next writer of that core then makes no second bundle of the same crash.
 */
#ifndef CRUMPLE_WRITER_BUNDLE_SAME_BUNDLE_H
#define CRUMPLE_WRITER_BUNDLE_SAME_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True if the file name in directory is a bundle, whole, whose member 'core' is these bytes, but for any_size bytes at any_at,
 * which may be any. */
bool same_bundle(int directory, const char *name, const uint8_t *core, size_t size, size_t any_at,
                 size_t any_size);

#endif
