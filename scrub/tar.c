/* SPDX-License-Identifier: MIT */
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TAR_NUMBER_MAX ((UINT64_C(1) << 33) - 1) /* 11 octal digits */

struct tar_block {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6],
        version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct tar_block) == TAR_BLOCK, "ustar header");

int tar_header(const char *name, uint64_t size, uint64_t time, uint8_t ret_block[static TAR_BLOCK])
{
    struct tar_block block = {.mode = "0000600",
                              .uid = "0000000",
                              .gid = "0000000",
                              .type = '0',
                              .magic = "ustar",
                              .version = {'0', '0'},
                              .major = "0000000",
                              .minor = "0000000"};
    if (size > TAR_NUMBER_MAX)
        return -EFBIG;
    snprintf(block.name, sizeof block.name, "%s", name);
    snprintf(block.size, sizeof block.size, "%011llo", (unsigned long long)size);
    snprintf(block.mtime, sizeof block.mtime, "%011llo", (unsigned long long)(time & TAR_NUMBER_MAX));
    memset(block.checksum, ' ', sizeof block.checksum);
    memcpy(ret_block, &block, sizeof block);
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += ret_block[i];
    snprintf(block.checksum, sizeof block.checksum, "%06o", sum & 0777777);
    memcpy(ret_block, &block, sizeof block);
    return 0;
}
