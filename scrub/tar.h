/* SPDX-License-Identifier: MIT */
/* The blocks of a ustar archive. docs/decisions/0011-archive.md says why it is made by hand. */
#ifndef CRUMPLE_SCRUB_TAR_H
#define CRUMPLE_SCRUB_TAR_H

#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK 512
#define TAR_END   (2 * TAR_BLOCK) /* zeros after the last member */

/** Fills the header block of a regular file of size bytes, mode 0600, owner 0. Returns 0, or -EFBIG from 8
 * GiB on. */
int tar_header(const char *name, uint64_t size, uint64_t time, uint8_t ret_block[static TAR_BLOCK]);

/** Number of zero bytes after a member of that size. */
static inline size_t tar_padding(uint64_t size)
{
    return (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

#endif
