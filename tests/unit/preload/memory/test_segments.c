/* SPDX-License-Identifier: MIT */
/* Unit tests of the pieces of memory that a core holds: sorted, merged, and without what is to be hidden. */
#include "base/scratch.h"
#include "memory/segments.h"
#include "unit.h"

START_TEST(segments_are_sorted_and_merged)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 8, &scratch), 0);
    safe_segments_add(&list, 0x9000, 0x9100);
    safe_segments_add(&list, 0x1000, 0x1800);
    safe_segments_add(&list, 0x1700, 0x1900); /* overlaps */
    safe_segments_add(&list, 0x1930, 0x1940); /* near, same page: cheaper than a header */
    safe_segments_add(&list, 0x3000, 0x3000); /* empty */
    safe_segments_add(&list, 0x1ff0, 0x2000);
    safe_segments_add(&list, 0x2010, 0x2020); /* near, but on the next page, which may not be there */
    safe_segments_finish(&list, 100);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.segment[0].start, 0x1000);
    ck_assert_uint_eq(list.segment[0].end, 0x1940);
    ck_assert_uint_eq(list.segment[1].start, 0x1ff0);
    ck_assert_uint_eq(list.segment[2].start, 0x2010);
    ck_assert_uint_eq(list.segment[3].end, 0x9100);
    ck_assert(!list.overflow);
}
END_TEST

static void is_segment(const struct safe_segments *list, uint32_t at, uint64_t start, uint64_t end)
{
    ck_assert_uint_lt(at, list->count);
    ck_assert_uint_eq(list->segment[at].start, start);
    ck_assert_uint_eq(list->segment[at].end, end);
}

START_TEST(hidden_ranges_are_taken_out)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 16, &scratch), 0);
    safe_segments_hide(&list, 0x5000, 0x9000); /* over two pieces and what is between */
    safe_segments_hide(&list, 0x1100, 0x1180); /* within one: two pieces are left */
    safe_segments_hide(&list, 0x1200, 0x1300);
    safe_segments_hide(&list, 0x6000, 0x6100); /* within another hidden one */
    safe_segments_hide(&list, 0xa000, 0xb000); /* all of one */
    safe_segments_hide(&list, 0xc000, 0xc000); /* empty */
    safe_segments_hide(&list, 0x1ff8, 0x2008); /* what merging would bring in */
    safe_segments_add(&list, 0x1000, 0x1400);
    safe_segments_add(&list, 0x4000, 0x5800);
    safe_segments_add(&list, 0x8000, 0x9800);
    safe_segments_add(&list, 0xa000, 0xb000);
    safe_segments_add(&list, 0x1ff0, 0x2000);
    safe_segments_add(&list, 0xc000, 0xd000);
    safe_segments_finish(&list, 100);
    ck_assert_uint_eq(list.count, 7);
    is_segment(&list, 0, 0x1000, 0x1100);
    is_segment(&list, 1, 0x1180, 0x1200);
    is_segment(&list, 2, 0x1300, 0x1400);
    is_segment(&list, 3, 0x1ff0, 0x1ff8);
    is_segment(&list, 4, 0x4000, 0x5000);
    is_segment(&list, 5, 0x9000, 0x9800);
    is_segment(&list, 6, 0xc000, 0xd000);
    ck_assert(!list.overflow);
}
END_TEST

START_TEST(hidden_ranges_keep_the_limit)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    uint64_t i;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 10, &scratch), 0);
    for (i = 0; i < 10; i++)
        safe_segments_add(&list, 0x10000 + i * 0x10000, 0x10000 + i * 0x10000 + 0x1000);
    for (i = 0; i < 4; i++)
        safe_segments_hide(&list, 0x10100 + i * 0x10000, 0x10200 + i * 0x10000);
    safe_segments_finish(&list, 10);
    ck_assert(list.overflow);
    ck_assert_uint_le(list.count, 10);
    for (i = 0; i < list.count; i++)
        ck_assert((list.segment[i].start & 0xffff) == 0 || (list.segment[i].start & 0xffff) == 0x200);
}
END_TEST

START_TEST(too_many_segments_lose_the_last_added)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    uint64_t i;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 100, &scratch), 0);
    for (i = 0; i < 100; i++)
        safe_segments_add(&list, (100 - i) * 0x10000, (100 - i) * 0x10000 + 8);
    safe_segments_finish(&list, 10);
    ck_assert(list.overflow);
    ck_assert_uint_eq(list.count, 10);
    ck_assert_uint_eq(list.segment[0].start, 91 * 0x10000);
    ck_assert_uint_eq(list.segment[9].start, 100 * 0x10000);
}
END_TEST

START_TEST(what_was_added_together_is_merged_without_a_change_of_the_order)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 100, &scratch), 0);
    safe_segments_add(&list, 0x9000, 0x9100);
    for (uint64_t i = 20; i > 0; i--)
        safe_segments_add(&list, i * 16, i * 16 + 16);
    safe_segments_settle(&list, 1);
    safe_segments_settle(&list, 2); /* nothing there */
    ck_assert_uint_eq(list.count, 2);
    is_segment(&list, 0, 0x9000, 0x9100);
    is_segment(&list, 1, 16, 21 * 16);
    safe_segments_add(&list, 0x5000, 0x5100);
    safe_segments_finish(&list, 2);
    ck_assert(list.overflow);
    is_segment(&list, 0, 16, 21 * 16);
    is_segment(&list, 1, 0x9000, 0x9100);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, segments_are_sorted_and_merged);
    tcase_add_test(tests, hidden_ranges_are_taken_out);
    tcase_add_test(tests, hidden_ranges_keep_the_limit);
    tcase_add_test(tests, too_many_segments_lose_the_last_added);
    tcase_add_test(tests, what_was_added_together_is_merged_without_a_change_of_the_order);
}
