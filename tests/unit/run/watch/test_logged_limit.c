/* SPDX-License-Identifier: MIT */
/* Unit tests of how often a logged error is told. */
#include "unit.h"
#include "watch/logged_limit.h"

#define SECOND INT64_C(1000000)

static struct logged_limit limit;

static bool take(uint64_t key, int64_t now_us)
{
    struct logged_kind *kind = logged_limit_find(&limit, key);
    ck_assert_ptr_nonnull(kind);
    return logged_limit_take(&limit, kind, now_us);
}

START_TEST(five_of_a_kind_and_then_pauses_that_grow)
{
    int64_t now = 1000 * SECOND, pause = LOGGED_LIMIT_PAUSE_US;
    for (int i = 0; i < LOGGED_LIMIT_FIRST; i++)
        ck_assert(take(7, now));
    ck_assert(!take(7, now));
    ck_assert_int_eq(logged_limit_wait(&limit, logged_limit_find(&limit, 7), now), LOGGED_LIMIT_PAUSE_US);
    ck_assert(take(8, now)); /* another kind is none of its business */
    for (int i = 0; i < 8; i++) {
        ck_assert(!take(7, now + pause - 1));
        now += pause;
        ck_assert(take(7, now));
        pause = pause * 2 < LOGGED_LIMIT_PAUSE_MAX_US ? pause * 2 : LOGGED_LIMIT_PAUSE_MAX_US;
    }
    now += LOGGED_LIMIT_AS_NEW_US;
    for (int i = 0; i < LOGGED_LIMIT_FIRST; i++)
        ck_assert(take(7, now));
    ck_assert(!take(7, now));
}
END_TEST

START_TEST(a_burst_of_all_and_then_one_each_time)
{
    int64_t now = 1000 * SECOND;
    for (uint64_t key = 1; key <= LOGGED_LIMIT_BURST_MAX; key++)
        ck_assert(take(key, now));
    ck_assert(!take(100, now));
    ck_assert_int_eq(logged_limit_wait(&limit, logged_limit_find(&limit, 100), now), LOGGED_LIMIT_US);
    ck_assert(take(100, now + LOGGED_LIMIT_US));
    ck_assert(!take(101, now + LOGGED_LIMIT_US));
    ck_assert(take(101, now + 2 * LOGGED_LIMIT_US));
}
END_TEST

START_TEST(a_kind_that_has_something_to_tell_keeps_its_place)
{
    for (uint64_t key = 1; key <= LOGGED_LIMIT_KINDS; key++) {
        struct logged_kind *kind = logged_limit_find(&limit, key);
        kind->told_us = (int64_t)key;
        kind->missed = key != 5;
    }
    struct logged_kind *kind = logged_limit_find(&limit, 1000);
    ck_assert_ptr_nonnull(kind);
    ck_assert_uint_eq(kind->key, 1000);
    kind->missed = 1;
    ck_assert_ptr_null(logged_limit_find(&limit, 1001));
    ck_assert_ptr_null(logged_limit_find(&limit, 5));
    ck_assert_ptr_nonnull(logged_limit_find(&limit, 6));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, five_of_a_kind_and_then_pauses_that_grow);
    tcase_add_test(tests, a_burst_of_all_and_then_one_each_time);
    tcase_add_test(tests, a_kind_that_has_something_to_tell_keeps_its_place);
}
