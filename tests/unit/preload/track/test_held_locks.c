/* SPDX-License-Identifier: MIT */
/* Unit tests of the table of held locks. Each test runs in a process of its
 * own (libcheck forks), so each begins with an empty table. */
#include <string.h>

#include "state/config.h"
#include "track/held_locks.h"
#include "unit.h"

const struct crumple_config *crumple_config;

static int lock[100];

static uint64_t mutex(int n)
{
    return safe_held_key(SAFE_HELD_MUTEX, &lock[n]);
}

START_TEST(locks_are_released_in_any_order)
{
    int i;
    for (i = 0; i < 5; i++)
        safe_held_add(mutex(i));
    safe_held_remove(mutex(0));
    safe_held_remove(mutex(3));
    ck_assert_uint_eq(safe_held.count, 3);
    ck_assert_uint_eq(safe_held.entry[0], mutex(1));
    ck_assert_uint_eq(safe_held.entry[1], mutex(2));
    ck_assert_uint_eq(safe_held.entry[2], mutex(4));
    safe_held_remove(mutex(4));
    safe_held_remove(mutex(1));
    safe_held_remove(mutex(2));
    ck_assert_uint_eq(safe_held.count, 0);
}
END_TEST

START_TEST(recursion_counts)
{
    safe_held_add(mutex(1));
    safe_held_add(mutex(1));
    safe_held_remove(mutex(1));
    ck_assert_uint_eq(safe_held.count, 1);
    safe_held_remove(mutex(1));
    ck_assert_uint_eq(safe_held.count, 0);
}
END_TEST

START_TEST(what_was_never_taken_is_ignored)
{
    safe_held_remove(mutex(1));
    ck_assert_uint_eq(safe_held.count, 0);
    safe_held_add(mutex(2));
    safe_held_remove(mutex(1));
    ck_assert_uint_eq(safe_held.count, 1);
}
END_TEST

/* 66 locks at once, as a server's check of all its shards holds; released in three orders. */
START_TEST(more_locks_than_entries_come_down_to_none)
{
    int i, k;
    for (i = 0; i < 66; i++)
        safe_held_add(mutex(i));
    ck_assert_uint_eq(safe_held.count, 66);
    ck_assert_uint_eq(safe_held.lost, 66 - SAFE_HELD_MAX);
    for (i = 0; i < 66; i++) {
        k = _i == 0 ? i : _i == 1 ? 65 - i : (i * 5 + 3) % 66; /* 5 and 66 have no common factor */
        ck_assert_uint_ge(safe_held.count, (unsigned)(66 - i));
        ck_assert(!safe_held.lost || safe_held.count > SAFE_HELD_MAX);
        safe_held_remove(mutex(k));
    }
    ck_assert_uint_eq(safe_held.count, 0);
    ck_assert_uint_eq(safe_held.lost, 0);
    safe_held_add(mutex(1));
    ck_assert_uint_eq(safe_held.entry[0], mutex(1));
}
END_TEST

START_TEST(a_lock_that_is_not_listed_is_never_forgotten)
{
    int i;
    for (i = 0; i < 14; i++)
        safe_held_add(mutex(i));
    /* Taken unseen, released seen: neither is one of those that were counted. */
    safe_held_remove(mutex(50));
    safe_held_remove(mutex(51));
    for (i = 0; i < 12; i++)
        safe_held_remove(mutex(i));
    ck_assert_uint_gt(safe_held.count, 0);
    safe_held_remove(mutex(12));
    ck_assert_uint_gt(safe_held.count, 0);
}
END_TEST

START_TEST(entries_set_free_are_closed_up_when_nothing_is_lost)
{
    int i;
    for (i = 0; i < 13; i++)
        safe_held_add(mutex(i));
    for (i = 0; i < 12; i += 2)
        safe_held_remove(mutex(i));
    ck_assert_uint_eq(safe_held.count, SAFE_HELD_MAX + 1);
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_MUTEX), 6);
    safe_held_remove(mutex(12));
    ck_assert_uint_eq(safe_held.count, 6);
    for (i = 1; i < 12; i += 2)
        ck_assert_uint_eq(safe_held.entry[i / 2], mutex(i));
}
END_TEST

START_TEST(an_entry_set_free_is_used_again)
{
    int i;
    for (i = 0; i < 13; i++)
        safe_held_add(mutex(i));
    safe_held_remove(mutex(0));
    safe_held_add(mutex(20));
    ck_assert_uint_eq(safe_held.lost, 1);
    ck_assert_uint_eq(safe_held.entry[0], mutex(20));
    safe_held_remove(mutex(12));
    ck_assert_uint_eq(safe_held.lost, 0);
    ck_assert_uint_eq(safe_held.count, SAFE_HELD_MAX);
    safe_held_remove(mutex(20));
    for (i = 1; i < 12; i++)
        safe_held_remove(mutex(i));
    ck_assert_uint_eq(safe_held.count, 0);
}
END_TEST

START_TEST(an_rwlock_is_released_whichever_kind_is_held)
{
    safe_held_add(safe_held_key(SAFE_HELD_READ, &lock[0]));
    safe_held_add(safe_held_key(SAFE_HELD_WRITE, &lock[1]));
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_READ), 1);
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_WRITE), 1);
    safe_held_remove_rwlock(&lock[0]);
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_READ), 0);
    safe_held_remove_rwlock(&lock[1]);
    ck_assert_uint_eq(safe_held.count, 0);
}
END_TEST

START_TEST(a_semaphore_has_one_entry)
{
    int i;
    for (i = 0; i < 5; i++)
        safe_held_add_semaphore(&lock[0]);
    ck_assert_uint_eq(safe_held.count, 1);
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_SEM), 1);
    for (i = 0; i < 5; i++) {
        ck_assert_uint_eq(safe_held.count, 1);
        safe_held_remove_semaphore(&lock[0]);
    }
    ck_assert_uint_eq(safe_held.count, 0);
}
END_TEST

START_TEST(closing_a_file_releases_its_locks_only)
{
    safe_held_add_file(3, 1);
    safe_held_add_file(3, 5);
    safe_held_add_file(3, 5);
    safe_held_add_file(4, 1);
    safe_held_add(mutex(3));
    ck_assert_uint_eq(safe_held.count, 4);
    safe_held_remove_files(3);
    ck_assert_uint_eq(safe_held.count, 2);
    ck_assert_int_eq(safe_held_counts(SAFE_HELD_FILE), 1);
}
END_TEST

START_TEST(the_latest_is_the_one_taken_last_but_no_file)
{
    ck_assert_uint_eq(safe_held_latest(), 0);
    safe_held.one = mutex(5);
    ck_assert_uint_eq(safe_held_latest(), mutex(5));
    safe_held_add(mutex(1));
    safe_held_add(safe_held_key(SAFE_HELD_WRITE, (void *)(uintptr_t)mutex(2)));
    safe_held_add_file(3, 1);
    ck_assert_uint_eq(safe_held_latest(), mutex(2));
    safe_held_remove_rwlock((void *)(uintptr_t)mutex(2));
    ck_assert_uint_eq(safe_held_latest(), mutex(1));
    safe_held_remove(mutex(1));
    ck_assert_uint_eq(safe_held_latest(), mutex(5));
    safe_held_add_semaphore((void *)(uintptr_t)mutex(4));
    safe_held_add_semaphore((void *)(uintptr_t)mutex(4));
    ck_assert_uint_eq(safe_held_latest(), mutex(4));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, locks_are_released_in_any_order);
    tcase_add_test(tests, recursion_counts);
    tcase_add_test(tests, what_was_never_taken_is_ignored);
    tcase_add_loop_test(tests, more_locks_than_entries_come_down_to_none, 0, 3);
    tcase_add_test(tests, a_lock_that_is_not_listed_is_never_forgotten);
    tcase_add_test(tests, entries_set_free_are_closed_up_when_nothing_is_lost);
    tcase_add_test(tests, an_entry_set_free_is_used_again);
    tcase_add_test(tests, an_rwlock_is_released_whichever_kind_is_held);
    tcase_add_test(tests, a_semaphore_has_one_entry);
    tcase_add_test(tests, closing_a_file_releases_its_locks_only);
    tcase_add_test(tests, the_latest_is_the_one_taken_last_but_no_file);
}
