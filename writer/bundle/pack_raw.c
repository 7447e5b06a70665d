/* SPDX-License-Identifier: MIT */
#include "bundle/pack_raw.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RAW_BLOCK       ((size_t)128 << 10) /* the most that a block may hold */
#define RAW_DESCRIPTOR  0xc0                /* a content size of 8 bytes, no checksum, a window descriptor */
#define RAW_WINDOW      0x38                /* 128 KiB: nothing refers back */
#define RAW_HEADER_SIZE 14
#define RAW_BLOCK_LAST  1u

int pack_write_all(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size) {
        ssize_t part = write(fd, at, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return part < 0 ? -errno : -EIO;
        at += part;
        size -= (size_t)part;
    }
    return 0;
}

int pack_raw_begin(int fd, uint64_t size)
{
    uint8_t header[RAW_HEADER_SIZE] = {0x28, 0xb5, 0x2f, 0xfd, RAW_DESCRIPTOR, RAW_WINDOW};
    for (int i = 0; i < 8; i++)
        header[6 + i] = (uint8_t)(size >> 8 * i);
    return pack_write_all(fd, header, sizeof header);
}

static int write_block(int fd, const void *bytes, size_t size, unsigned flags)
{
    unsigned value = (unsigned)size << 3 | flags; /* bits 1 and 2 are the type: 0, raw */
    const uint8_t header[3] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16)};
    int error = pack_write_all(fd, header, sizeof header);
    return error ? error : pack_write_all(fd, bytes, size);
}

int pack_raw_add(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    int error = 0;
    for (size_t part; size && !error; at += part, size -= part) {
        part = size < RAW_BLOCK ? size : RAW_BLOCK;
        error = write_block(fd, at, part, 0);
    }
    return error;
}

int pack_raw_end(int fd)
{
    return write_block(fd, "", 0, RAW_BLOCK_LAST);
}
