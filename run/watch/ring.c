/* SPDX-License-Identifier: MIT */
#include "watch/ring.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void ring_add(struct ring *ring, const char *bytes, size_t count)
{
    uint64_t total = ring->total;
    if (total < RING_BYTES) {
        size_t n = smaller(count, RING_BYTES - total);
        memcpy(ring->head + total, bytes, n);
        total += n;
        bytes += n;
        count -= n;
    }
    if (count > RING_BYTES) { /* only the last of them stay */
        total += count - RING_BYTES;
        bytes += count - RING_BYTES;
        count = RING_BYTES;
    }
    while (count) {
        size_t at = total % RING_BYTES, n = smaller(count, RING_BYTES - at);
        memcpy(ring->tail + at, bytes, n);
        total += n;
        bytes += n;
        count -= n;
    }
    ring->total = total;
}

size_t ring_tail(const struct ring *ring, char *ret, size_t bytes)
{
    const uint64_t total = ring->total;
    size_t count = smaller(smaller(bytes, RING_BYTES), total);
    for (size_t i = 0; i < count; i++) {
        uint64_t at = total - count + i;
        ret[i] = at < RING_BYTES ? ring->head[at] : ring->tail[at % RING_BYTES];
    }
    return count;
}

size_t ring_text(const struct ring *ring, char ret_text[RING_TEXT_BYTES])
{
    size_t used = smaller(ring->total, RING_BYTES);
    memcpy(ret_text, ring->head, used);
    if (ring->total <= RING_BYTES)
        return used;
    uint64_t from = RING_BYTES;
    if (ring->total > 2 * RING_BYTES) {
        from = ring->total - RING_BYTES;
        used +=
            (size_t)snprintf(ret_text + used, 64, "\n[%" PRIu64 " bytes are not kept]\n", from - RING_BYTES);
    }
    for (size_t n; from < ring->total; from += n, used += n) {
        n = smaller(ring->total - from, RING_BYTES - from % RING_BYTES);
        memcpy(ret_text + used, ring->tail + from % RING_BYTES, n);
    }
    return used;
}
