/* SPDX-License-Identifier: MIT */
/* Unit tests of the requests that a thread has read and not answered. */
#include <pthread.h>

#include "state/signals.h"
#include "track/requests.h"
#include "unit.h"

static char buffer[100];

static struct safe_altstack stacks[2] = {{.index = 0}, {.index = 1}};

static void set_up(void)
{
    ck_assert_int_eq(safe_requests_prepare(), 0);
    thread_self.altstack = &stacks[0];
    safe_entry_ours = SAFE_SIGBIT(SIGSEGV);
    safe_entry_entered = SAFE_SIGBIT(SIGBUS);
    ck_assert_int_eq(safe_sockets_prepare(), 0);
    for (int fd = 100; fd < 140; fd++)
        safe_sockets_accepted(fd);
}

static void read_by(int fd)
{
    safe_requests_read(fd, buffer, sizeof buffer, __builtin_frame_address(0));
}

/* The function that an event loop calls. */
__attribute__((noinline)) static void serve(int fd)
{
    read_by(fd);
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void wait_for_several(void)
{
    safe_requests_wait(__builtin_frame_address(0));
    __asm__ volatile("" ::: "memory");
}

START_TEST(a_request_is_open_from_its_read_to_its_answer)
{
    set_up();
    read_by(100);
    ck_assert_uint_eq(safe_requests_own()->count, 1);
    ck_assert_int_eq(safe_requests_own()->request[0].fd, 100);
    ck_assert_uint_eq(safe_requests_own()->request[0].bytes, sizeof buffer);
    ck_assert_uint_eq(safe_requests_own()->request[0].buffer, (uint64_t)buffer);
    safe_requests_answered(101);
    ck_assert_uint_eq(safe_requests_own()->count, 1);
    safe_requests_answered(100);
    ck_assert_uint_eq(safe_requests_own()->count, 0);
    read_by(100); /* the next one of a connection that stays */
    ck_assert_uint_eq(safe_requests_own()->count, 1);
}
END_TEST

START_TEST(only_accepted_connections_count)
{
    set_up();
    read_by(3);
    read_by(-1);
    read_by(SAFE_SOCKETS_MAX);
    ck_assert_uint_eq(safe_requests_own()->count, 0);
}
END_TEST

START_TEST(who_is_read_again_is_the_last)
{
    set_up();
    read_by(100);
    read_by(101);
    read_by(100);
    ck_assert_uint_eq(safe_requests_own()->count, 2);
    ck_assert_int_eq(safe_requests_own()->request[0].fd, 101);
    ck_assert_int_eq(safe_requests_own()->request[1].fd, 100);
}
END_TEST

START_TEST(of_too_many_the_oldest_goes_and_that_is_known)
{
    set_up();
    for (int fd = 100; fd <= 100 + SAFE_REQUESTS_MAX; fd++)
        read_by(fd);
    ck_assert_uint_eq(safe_requests_own()->count, SAFE_REQUESTS_MAX);
    ck_assert(safe_requests_own()->lost);
    ck_assert_int_eq(safe_requests_own()->request[0].fd, 101);
    wait_for_several();
    ck_assert_uint_eq(safe_requests_own()->count, 0);
    ck_assert(!safe_requests_own()->lost);
}
END_TEST

START_TEST(a_wait_begins_anew_but_only_where_requests_are_watched)
{
    set_up();
    read_by(100);
    wait_for_several();
    ck_assert_uint_eq(safe_requests_own()->count, 0);
    safe_requests_table = NULL;
    wait_for_several();
    read_by(100);
    safe_requests_answered(100);
}
END_TEST

START_TEST(where_the_loop_has_called_the_reader_is_noted)
{
    set_up();
    wait_for_several();
    serve(100);
    ck_assert_uint_ne(safe_requests_own()->request[0].caller, 0);
    ck_assert_uint_ne(safe_requests_own()->request[0].caller, safe_requests_own()->wait_caller);
    ck_assert_uint_lt(safe_requests_own()->request[0].caller - safe_requests_own()->wait_caller + 4096, 8192);
    ck_assert_uint_gt(safe_requests_own()->below_count, 0);
}
END_TEST

static void *answer_elsewhere(void *unused)
{
    safe_requests_answered(100);
    return unused;
}

START_TEST(what_another_thread_has_answered_is_open_no_longer)
{
    pthread_t thread;
    set_up();
    read_by(100);
    read_by(101);
    ck_assert_int_eq(pthread_create(&thread, NULL, answer_elsewhere, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(safe_requests_own()->count, 2);
    ck_assert(!safe_requests_is_open(&safe_requests_own()->request[0]));
    ck_assert(safe_requests_is_open(&safe_requests_own()->request[1]));
    read_by(100);
    ck_assert(safe_requests_is_open(&safe_requests_own()->request[1]));
}
END_TEST

START_TEST(who_accepts_again_has_given_its_requests_to_others_but_not_an_event_loop)
{
    set_up();
    read_by(100);
    safe_requests_accepts();
    ck_assert_uint_eq(safe_requests_own()->count, 0);
    wait_for_several();
    read_by(100);
    safe_requests_accepts();
    ck_assert_uint_eq(safe_requests_own()->count, 1);
}
END_TEST

static void *read_elsewhere(void *unused)
{
    read_by(101);
    ck_assert_ptr_null(safe_requests_own()); /* pthread_create's hook has not seen this thread */
    thread_self.altstack = &stacks[1];
    read_by(101);
    ck_assert_uint_eq(safe_requests_own()->count, 1);
    return unused;
}

START_TEST(where_a_fault_would_be_the_programs_the_loop_is_not_looked_at)
{
    set_up();
    wait_for_several();
    safe_entry_ours = 0;
    serve(100);
    ck_assert_uint_eq(safe_requests_own()->count, 1);
    ck_assert_uint_eq(safe_requests_own()->request[0].caller, 0);
}
END_TEST

START_TEST(each_thread_has_its_own)
{
    pthread_t thread;
    set_up();
    read_by(100);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(safe_requests_own()->count, 1);
    ck_assert_int_eq(safe_requests_own()->request[0].fd, 100);
    safe_requests_forget();
    ck_assert_uint_eq(safe_requests_own()->count, 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_request_is_open_from_its_read_to_its_answer);
    tcase_add_test(tests, only_accepted_connections_count);
    tcase_add_test(tests, who_is_read_again_is_the_last);
    tcase_add_test(tests, of_too_many_the_oldest_goes_and_that_is_known);
    tcase_add_test(tests, a_wait_begins_anew_but_only_where_requests_are_watched);
    tcase_add_test(tests, where_the_loop_has_called_the_reader_is_noted);
    tcase_add_test(tests, what_another_thread_has_answered_is_open_no_longer);
    tcase_add_test(tests, who_accepts_again_has_given_its_requests_to_others_but_not_an_event_loop);
    tcase_add_test(tests, where_a_fault_would_be_the_programs_the_loop_is_not_looked_at);
    tcase_add_test(tests, each_thread_has_its_own);
}
