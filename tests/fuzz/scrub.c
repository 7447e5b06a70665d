/* SPDX-License-Identifier: MIT */
/* A core that is scrubbed whole, and in pieces. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct scrub *scrub;
    uint8_t *whole, *pieces;
    size_t step = size ? bytes[size - 1] % 61 + 1 : 1;

    if (size > 1 << 20 || scrub_open(bytes, size, &scrub) != 0)
        return 0;
    whole = malloc(size);
    pieces = malloc(size);
    memcpy(whole, bytes, size);
    memcpy(pieces, bytes, size);
    scrub_range(scrub, 0, size, whole);
    for (size_t at = 0; at < size; at += step)
        scrub_range(scrub, at, at + step < size ? at + step : size, pieces + at);
    if (memcmp(whole, pieces, size) != 0)
        abort();
    free(whole);
    free(pieces);
    scrub_release(scrub);
    return 0;
}
