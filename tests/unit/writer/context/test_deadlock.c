/* SPDX-License-Identifier: MIT */
/* Circles of threads that wait for each other: which are found, and in which words. */
#include <stdlib.h>
#include <string.h>

#include "context/deadlock.h"
#include "unit.h"

#define THREADS 40

static struct notes_thread threads[THREADS];
static struct thread_wait items[THREADS];
static struct notes notes;
static struct waits waits;
static struct tid_index tids;

/* Threads with the numbers 100, 99, ... and names of one letter. */
static void make(size_t count)
{
    notes = (struct notes){.threads = threads, .thread_count = count};
    waits = (struct waits){.items = items};
    for (size_t i = 0; i < count; i++) {
        threads[i] = (struct notes_thread){.tid = (int32_t)(100 - i), .name = {(char)('a' + i % 26)}};
        items[i] = (struct thread_wait){.kind = WAIT_NONE, .fd = -1};
    }
}

/* Thread 'from' waits for a mutex of thread 'to'. */
static void edge(size_t from, size_t to)
{
    items[from] = (struct thread_wait){.kind = WAIT_MUTEX, .owner_tid = threads[to].tid, .lock = "world"};
}

static void find(void)
{
    ck_assert_int_eq(tid_index_make(&notes, &tids), 0);
    ck_assert_int_eq(deadlock_find(&tids, &waits), 0);
    tid_index_release(&tids);
}

START_TEST(a_chain_is_no_circle)
{
    make(4);
    edge(0, 1);
    edge(1, 2);
    edge(3, 2);
    find();
    ck_assert_uint_eq(waits.deadlock_count, 0);
}
END_TEST

START_TEST(those_who_wait_for_a_circle_are_no_part_of_it)
{
    make(5);
    edge(0, 1);
    edge(1, 2);
    edge(2, 3);
    edge(3, 1);
    edge(4, 1);
    find();
    ck_assert_uint_eq(waits.deadlock_count, 1);
    ck_assert_uint_eq(waits.deadlocks[0].count, 3);
    ck_assert_int_eq(waits.deadlocks[0].tids[0], 99);
    ck_assert_str_eq(
        waits.deadlocks[0].text,
        "thread 99 \"b\" waits for mutex world of thread 98 \"c\", which waits for mutex world of thread 97 "
        "\"d\", which waits for mutex world of thread 99");
}
END_TEST

START_TEST(other_kinds_of_waits)
{
    make(3);
    edge(0, 1);
    items[1] = (struct thread_wait){.kind = WAIT_THREAD_END, .owner_tid = 98};
    items[2] = (struct thread_wait){.kind = WAIT_RWLOCK, .owner_tid = 100, .lock = "map"};
    find();
    ck_assert_uint_eq(waits.deadlock_count, 1);
    ck_assert_str_eq(
        waits.deadlocks[0].text,
        "thread 100 \"a\" waits for mutex world of thread 99 \"b\", which waits for the end of thread 98 "
        "\"c\", which waits for rwlock map of thread 100");
}
END_TEST

START_TEST(a_time_limit_ends_it_and_a_stranger_too)
{
    make(3);
    edge(0, 1);
    edge(1, 0);
    items[1].is_timed = true;
    items[2] = (struct thread_wait){.kind = WAIT_MUTEX, .owner_tid = 4711, .lock = "world"};
    find();
    ck_assert_uint_eq(waits.deadlock_count, 0);
}
END_TEST

START_TEST(one_thread_alone)
{
    make(2);
    edge(1, 1);
    find();
    ck_assert_uint_eq(waits.deadlock_count, 1);
    ck_assert_str_eq(waits.deadlocks[0].text, "thread 99 \"b\" waits for mutex world of its own");
}
END_TEST

START_TEST(many_and_long_ones_are_cut)
{
    make(THREADS);
    for (size_t i = 0; i + 1 < THREADS; i += 2) {
        edge(i, i + 1);
        edge(i + 1, i);
    }
    find();
    ck_assert_uint_eq(waits.deadlock_count, DEADLOCKS_MAX);
    for (size_t i = 0; i < THREADS; i++) {
        edge(i, (i + 1) % THREADS);
        memset(items[i].lock, 'x', sizeof items[i].lock - 1);
        memset(threads[i].name, '\xff', sizeof threads[i].name - 1);
    }
    memset(waits.deadlocks, 0, sizeof waits.deadlocks);
    find();
    ck_assert_uint_eq(waits.deadlock_count, 1);
    ck_assert_uint_eq(waits.deadlocks[0].count, THREADS);
    ck_assert_uint_eq(strlen(waits.deadlocks[0].text), sizeof waits.deadlocks[0].text - 1);
}
END_TEST

START_TEST(threads_are_found_by_their_numbers)
{
    make(THREADS);
    ck_assert_int_eq(tid_index_make(&notes, &tids), 0);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_uint_eq(tid_index_find(&tids, threads[i].tid), i);
    ck_assert_uint_eq(tid_index_find(&tids, 101), SIZE_MAX);
    ck_assert_uint_eq(tid_index_find(&tids, 0), SIZE_MAX);
    ck_assert_uint_eq(tid_index_find(&tids, -1), SIZE_MAX);
    ck_assert_uint_eq(tid_index_find(&tids, INT64_MAX), SIZE_MAX);
    tid_index_release(&tids);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_chain_is_no_circle);
    tcase_add_test(tests, those_who_wait_for_a_circle_are_no_part_of_it);
    tcase_add_test(tests, other_kinds_of_waits);
    tcase_add_test(tests, a_time_limit_ends_it_and_a_stranger_too);
    tcase_add_test(tests, one_thread_alone);
    tcase_add_test(tests, many_and_long_ones_are_cut);
    tcase_add_test(tests, threads_are_found_by_their_numbers);
}
