/* SPDX-License-Identifier: MIT */
/*
 * The part of the archive that does not depend on the analysis: the core and the members after it, with their
 * tar headers, as one stretch of memory. The core is not copied: its file is mapped in between.
 *
 *   | header of core | the core's pages ... | padding | header of maps | maps | ... | end of the archive |
 *                    ^ page boundary
 */
#ifndef CRUMPLE_WRITER_BUNDLE_CORE_IMAGE_H
#define CRUMPLE_WRITER_BUNDLE_CORE_IMAGE_H

#include "core/notes.h"

struct core_image {
    const uint8_t *bytes;
    size_t size;
    uint8_t *mapping; /* owned */
    size_t mapping_size;
};

/** Makes the image of the core of core_size bytes (0: without one) open at fd, with the members that notes
 * hold. secrets_at, secrets_size: a stretch of the core that becomes zeros. 0 or negative errno. */
int core_image_make(int fd, size_t core_size, const struct notes *notes, size_t secrets_at,
                    size_t secrets_size, struct core_image *ret_image);

void core_image_release(struct core_image *image);

#endif
