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
#include "scrub.h"

struct core_image {
    uint8_t *bytes;
    size_t size;
    uint8_t *mapping; /* owned */
    size_t mapping_size;
    const struct scrub *scrub; /* of the caller; NULL: the core is as it is */
    size_t core_size;
};

/* Bytes of the core. */
struct image_span {
    size_t at, size;
};

/** Makes the image of the core of core_size bytes (0: without one) open at fd, with the members that notes
 * hold. secrets: a stretch of the core that becomes zeros, or empty. scrub: how core_image_prepare will scrub the core, or NULL.
 * 0 or negative errno. */
int core_image_make(int fd, size_t core_size, const struct notes *notes, struct image_span secrets,
                    const struct scrub *scrub, struct core_image *ret_image);

/** Scrubs what of the core is in these bytes of the image. A pack_prepare's function; its context is the image. */
void core_image_prepare(void *image, uint8_t *bytes, size_t size);

void core_image_release(struct core_image *image);

#endif
