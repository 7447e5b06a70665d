/* SPDX-License-Identifier: MIT */
/* Unit tests of what is said once: by a process and all its forks. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/told.h"
#include "unit.h"

START_TEST(each_text_and_number_is_first_once)
{
    ck_assert(!safe_told_first("before there is a page", 0));
    ck_assert_int_eq(safe_told_prepare(), 0);
    ck_assert(safe_told_first("/bin/su", 0));
    ck_assert(!safe_told_first("/bin/su", 0));
    ck_assert(safe_told_first("/bin/su", 1));
    ck_assert(safe_told_first("", 0));
    ck_assert(!safe_told_first("", 0));
}
END_TEST

START_TEST(forks_share_it)
{
    int status;
    ck_assert_int_eq(safe_told_prepare(), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(safe_told_first("text", 0) ? 4 : 5);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 4);
    ck_assert(!safe_told_first("text", 0));
}
END_TEST

START_TEST(where_there_is_no_room_nothing_is_first)
{
    int firsts = 0;
    ck_assert_int_eq(safe_told_prepare(), 0);
    for (int i = 0; i < 200; i++)
        firsts += safe_told_first("many", (uint64_t)i);
    ck_assert_int_eq(firsts, 64);
    ck_assert(!safe_told_first("one more", 0));
}
END_TEST

static _Atomic int firsts_of_threads;

static void *tell(void *unused)
{
    for (uint64_t i = 0; i < 50; i++)
        firsts_of_threads += safe_told_first("thread", i);
    return unused;
}

START_TEST(of_threads_one_is_first)
{
    pthread_t threads[4];
    ck_assert_int_eq(safe_told_prepare(), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, tell, NULL), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(firsts_of_threads, 50);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, each_text_and_number_is_first_once);
    tcase_add_test(tests, forks_share_it);
    tcase_add_test(tests, where_there_is_no_room_nothing_is_first);
    tcase_add_test(tests, of_threads_one_is_first);
}
