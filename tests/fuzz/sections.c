/* SPDX-License-Identifier: MIT */
/* A debug file whose sections are packed by zstd. */
#include "fuzz.h"
#include "lookup/zstd_sections.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t unpacked = 0;
    uint8_t *copy = zstd_sections_unpack(bytes, size, &unpacked);

    if (copy && (unpacked < size || copy[0] != bytes[0]))
        abort();
    free(copy);
    return 0;
}
