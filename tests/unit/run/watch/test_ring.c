/* SPDX-License-Identifier: MIT */
/* What is kept of a stream: all of a short one, both ends of a long one, however it comes in pieces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "watch/ring.h"

#define STREAM_MAX (4 * RING_BYTES)

static char stream[STREAM_MAX], kept[RING_TEXT_BYTES], wanted[RING_TEXT_BYTES];

static void fill(void)
{
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (char)(i * 31 + (i >> 8) * 7);
}

/* What should be kept of the first 'total' bytes. */
static size_t expect(size_t total)
{
    size_t head = total < RING_BYTES ? total : RING_BYTES, rest = total - head,
           tail = rest < RING_BYTES ? rest : RING_BYTES;
    memcpy(wanted, stream, head);
    size_t used = head;
    if (rest > tail)
        used += (size_t)sprintf(wanted + used, "\n[%zu bytes are not kept]\n", rest - tail);
    memcpy(wanted + used, stream + total - tail, tail);
    return used + tail;
}

static void check(size_t total, size_t piece)
{
    struct ring *ring = calloc(1, sizeof *ring);
    for (size_t at = 0; at < total; at += piece)
        ring_add(ring, stream + at, total - at < piece ? total - at : piece);
    ck_assert_uint_eq(ring->total, total);
    ck_assert_uint_eq(ring_text(ring, kept), expect(total));
    ck_assert_mem_eq(kept, wanted, expect(total));
    char tail[1000];
    size_t count = ring_tail(ring, tail, sizeof tail);
    ck_assert_uint_eq(count, total < sizeof tail ? total : sizeof tail);
    ck_assert_mem_eq(tail, stream + total - count, count);
    free(ring);
}

START_TEST(both_ends_are_kept_whatever_the_pieces)
{
    static const size_t totals[] = {0,
                                    1,
                                    RING_BYTES - 1,
                                    RING_BYTES,
                                    RING_BYTES + 1,
                                    2 * RING_BYTES - 1,
                                    2 * RING_BYTES,
                                    2 * RING_BYTES + 1,
                                    3 * RING_BYTES + 12345,
                                    STREAM_MAX},
                        pieces[] = {1, 7, 4096, 16384, RING_BYTES, RING_BYTES + 1, STREAM_MAX};
    fill();
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++)
            check(totals[i], pieces[j]);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, both_ends_are_kept_whatever_the_pieces);
}
