/* SPDX-License-Identifier: MIT */
/*
 * Whether a bundle is that of a core: a writer may have been killed between the bundle's coming and the
 * core's going. Whoever finishes the core then makes no second bundle of one crash.
 */
#ifndef WRITER_BUNDLE_SAME_BUNDLE_H
#define WRITER_BUNDLE_SAME_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True if the file name in directory is a bundle, whole, whose member 'core' is these bytes. */
bool same_bundle(int directory, const char *name, const uint8_t *core, size_t size);

#endif
