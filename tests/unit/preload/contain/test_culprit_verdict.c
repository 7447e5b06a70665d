/* SPDX-License-Identifier: MIT */
/* Unit tests of the verdict whose request killed the process. */
#include <string.h>

#include "contain/culprit_verdict.h"
#include "unit.h"

/* Three connections with buffers of their own. */
static struct safe_request request[SAFE_REQUESTS_MAX] = {
    {.fd = 7, .bytes = 100, .buffer = 0x1000},
    {.fd = 8, .bytes = 100, .buffer = 0x2000},
    {.fd = 9, .bytes = 100, .buffer = 0x3000},
};
static const char *why;

static struct safe_culprit_facts facts(uint32_t count)
{
    return (struct safe_culprit_facts){
        .is_fault = true, .is_whole = true, .count = count, .request = request};
}

static int verdict(struct safe_culprit_facts f)
{
    why = "not set";
    return safe_culprit_verdict(&f, &why);
}

static bool refuses(struct safe_culprit_facts f, const char *words)
{
    return verdict(f) == -1 && why && strcmp(why, words) == 0;
}

START_TEST(the_only_open_request_is_the_culprits)
{
    ck_assert_int_eq(verdict(facts(1)), 0);
}
END_TEST

START_TEST(a_signal_that_was_sent_has_no_culprit)
{
    struct safe_culprit_facts f = facts(1);
    f.is_fault = false;
    f.points = 1;
    ck_assert(refuses(f, "the signal was sent"));
}
END_TEST

START_TEST(without_an_open_request_nobody_is)
{
    ck_assert(refuses(facts(0), "the faulting thread had no open request"));
}
END_TEST

START_TEST(where_reads_go_past_the_hooks_nobody_is)
{
    struct safe_culprit_facts f = facts(1);
    f.is_whole = false;
    ck_assert(refuses(f, "not all reads of this program are seen"));
}
END_TEST

START_TEST(of_several_requests_nobody_knows)
{
    ck_assert_int_eq(verdict(facts(2)), -1);
    ck_assert_ptr_null(why);
    ck_assert_int_eq(verdict(facts(3)), -1);
}
END_TEST

START_TEST(of_several_the_last_if_the_thread_points_into_it_alone)
{
    struct safe_culprit_facts f = facts(3);
    f.points = 4;
    ck_assert_int_eq(verdict(f), 2);
    f.points = 4 | 1;
    ck_assert_int_eq(verdict(f), -1);
    f.points = 2; /* the last one read is not the one that is served */
    ck_assert_int_eq(verdict(f), -1);
}
END_TEST

START_TEST(of_several_in_one_buffer_the_last)
{
    struct safe_culprit_facts f = facts(3);
    request[0].buffer = request[1].buffer = request[2].buffer;
    ck_assert_int_eq(verdict(f), 2);
    request[1].buffer += 99; /* it overlaps by one byte */
    ck_assert_int_eq(verdict(f), 2);
    request[1].buffer += 1;
    ck_assert_int_eq(verdict(f), -1);
    request[1].buffer = request[2].buffer;
    request[0].buffer = 0; /* it is not known where the first one is */
    ck_assert_int_eq(verdict(f), -1);
}
END_TEST

START_TEST(of_several_the_last_if_its_reader_is_still_at_it)
{
    struct safe_culprit_facts f = facts(3);
    f.is_served = true;
    ck_assert_int_eq(verdict(f), 2);
    f.has_lost = true;
    ck_assert_int_eq(verdict(f), 2);
    f.is_fault = false;
    ck_assert_int_eq(verdict(f), -1);
}
END_TEST

START_TEST(requests_that_are_not_listed_may_be_the_culprits)
{
    struct safe_culprit_facts f = facts(SAFE_REQUESTS_MAX);
    f.has_lost = true;
    f.points = 1u << (SAFE_REQUESTS_MAX - 1);
    ck_assert(refuses(f, "more requests were open than are noted"));
}
END_TEST

static struct safe_culprit_facts loop_facts(uint32_t count)
{
    struct safe_culprit_facts f = facts(count);
    f.is_loop = true;
    return f;
}

START_TEST(what_runs_after_the_requests_function_is_nobodys)
{
    struct safe_culprit_facts f = loop_facts(1);
    f.has_returned = true;
    ck_assert(refuses(f, "what had read the last request had returned"));
    f.points = 1; /* an unused part of a frame may have that from before */
    ck_assert(refuses(f, "what had read the last request had returned"));
}
END_TEST

START_TEST(an_event_loops_only_request_is_the_culprits_if_something_points_to_it)
{
    struct safe_culprit_facts f = loop_facts(1);
    ck_assert(refuses(f, "nothing shows that the open request was being served"));
    f.points = 1;
    ck_assert_int_eq(verdict(f), 0);
    f.points = 0;
    f.is_in_call = true;
    ck_assert_int_eq(verdict(f), 0);
}
END_TEST

START_TEST(of_several_of_an_event_loop_the_last_only_if_its_reader_may_be_at_it)
{
    struct safe_culprit_facts f = loop_facts(3);
    f.points = 4;
    ck_assert_int_eq(verdict(f), -1);
    request[0].buffer = request[1].buffer = request[2].buffer;
    ck_assert_int_eq(verdict(f), -1);
    ck_assert_ptr_null(why);
    f.is_in_call = true;
    ck_assert_int_eq(verdict(f), 2);
    f.points = 0;
    ck_assert_int_eq(verdict(f), -1);
    f.is_served = true;
    ck_assert_int_eq(verdict(f), 2);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_only_open_request_is_the_culprits);
    tcase_add_test(tests, a_signal_that_was_sent_has_no_culprit);
    tcase_add_test(tests, without_an_open_request_nobody_is);
    tcase_add_test(tests, where_reads_go_past_the_hooks_nobody_is);
    tcase_add_test(tests, of_several_requests_nobody_knows);
    tcase_add_test(tests, of_several_the_last_if_the_thread_points_into_it_alone);
    tcase_add_test(tests, of_several_in_one_buffer_the_last);
    tcase_add_test(tests, of_several_the_last_if_its_reader_is_still_at_it);
    tcase_add_test(tests, requests_that_are_not_listed_may_be_the_culprits);
    tcase_add_test(tests, what_runs_after_the_requests_function_is_nobodys);
    tcase_add_test(tests, an_event_loops_only_request_is_the_culprits_if_something_points_to_it);
    tcase_add_test(tests, of_several_of_an_event_loop_the_last_only_if_its_reader_may_be_at_it);
}
