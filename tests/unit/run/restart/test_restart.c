/* SPDX-License-Identifier: MIT */
/* When a server is started again: every branch of the policy. */
#include <signal.h>
#include <string.h>

#include "ends/facts.h"
#include "restart/leftovers.h"
#include "restart/restart.h"
#include "unit.h"

#define S INT64_C(1000000)

static struct restart_history history;

static struct run_settings settings(enum run_restart mode)
{
    return (struct run_settings){
        .restart = mode, .backoff_first_us = S / 10, .backoff_most_us = 30 * S, .restart_limit = {5, 60 * S}};
}

static struct restart_end end_of(bool by_signal, int status)
{
    return (struct restart_end){
        .end = {.by_signal = by_signal, .status = status}, .began_us = 100 * S, .ended_us = 101 * S};
}

static enum restart_kind kind(enum run_restart mode, struct restart_end end)
{
    const struct run_settings given = settings(mode);
    memset(&history, 0, sizeof history);
    return restart_decide(&end, &given, &history, 0).kind;
}

START_TEST(what_is_a_crash)
{
    static const struct {
        bool by_signal;
        int status;
        enum restart_kind on_crash;
    } rows[] = {
        {false, 0, RESTART_NOT},        {false, 1, RESTART_AFTER},      {false, 2, RESTART_AFTER},
        {true, SIGSEGV, RESTART_AFTER}, {true, SIGKILL, RESTART_AFTER}, {false, 137, RESTART_AFTER},
        {true, SIGTERM, RESTART_NOT},   {true, SIGINT, RESTART_NOT},    {false, 143, RESTART_NOT},
        {false, 130, RESTART_NOT},      {true, SIGHUP, RESTART_AFTER},  {false, 255, RESTART_AFTER},
        {true, 34, RESTART_AFTER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct restart_end end = end_of(rows[i].by_signal, rows[i].status);
        ck_assert_int_eq(kind(RUN_RESTART_NO, end), RESTART_NOT);
        ck_assert_int_eq(kind(RUN_RESTART_ON_CRASH, end), rows[i].on_crash);
        ck_assert_int_eq(kind(RUN_RESTART_ALWAYS, end), RESTART_AFTER);
    }
}
END_TEST

START_TEST(what_was_asked_for_or_expected_is_none)
{
    struct restart_end end = end_of(true, SIGSEGV);
    end.is_asked = true;
    ck_assert_int_eq(kind(RUN_RESTART_ON_CRASH, end), RESTART_NOT);
    ck_assert_int_eq(kind(RUN_RESTART_ALWAYS, end), RESTART_NOT);
    end = end_of(false, 7);
    end.is_expected = true;
    ck_assert_int_eq(kind(RUN_RESTART_ON_CRASH, end), RESTART_NOT);
    end = end_of(false, 127);
    end.could_not_start = true;
    ck_assert_int_eq(kind(RUN_RESTART_ON_CRASH, end), RESTART_AFTER);
}
END_TEST

START_TEST(who_asked)
{
    const uint64_t now = UINT64_C(1000000000000), minute = UINT64_C(60000000000);
    static const struct {
        int sent, age_s;
        bool by_signal;
        int status;
        bool is_asked;
    } rows[] = {
        {SIGTERM, 3600, true, SIGSEGV, true}, /* it could not end as it should */
        {SIGINT, 1, false, 1, true},
        {SIGQUIT, 600, false, 0, true},       /* nginx, which has served its clients first */
        {SIGQUIT, 600, true, SIGSEGV, false}, /* Java has printed its threads, and lived on */
        {SIGQUIT, 1, false, 2, true},         /* Go */
        {SIGQUIT, 600, true, SIGQUIT, true},
        {SIGHUP, 1, true, SIGSEGV, false},
        {SIGHUP, 1, true, SIGHUP, true},
        {SIGHUP, 1, false, 128 + SIGHUP, true},
        {SIGUSR1, 1, false, 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t sent[END_SIGNALS] = {0};
        const struct child_end end = {.by_signal = rows[i].by_signal, .status = rows[i].status};
        ck_assert(!restart_is_asked(&end, sent, now));
        sent[rows[i].sent] = now - (uint64_t)rows[i].age_s * (minute / 60);
        ck_assert_msg(restart_is_asked(&end, sent, now) == rows[i].is_asked, "row %zu", i);
    }
}
END_TEST

START_TEST(the_limit_counts_what_is_recent)
{
    const struct run_settings given = settings(RUN_RESTART_ON_CRASH);
    struct restart_end end = end_of(true, SIGSEGV);
    memset(&history, 0, sizeof history);
    for (int i = 0; i < 5; i++, end.ended_us += 10 * S)
        ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_AFTER);
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
    ck_assert_uint_eq(history.total, 5);
    end.ended_us = 101 * S + 60 * S; /* the first one is a minute old */
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_AFTER);
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
}
END_TEST

START_TEST(who_killed_it_is_refused_from_now_on_and_the_limit_waits_for_another_death)
{
    struct run_settings given = settings(RUN_RESTART_ON_CRASH);
    struct restart_end end = end_of(true, SIGSEGV);
    memset(&history, 0, sizeof history);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_AFTER);
    end.is_mended = true;
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_AFTER);
    end.is_mended = false;
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
    end.is_mended = true;
    given.restart_limit.count = 0;
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
}
END_TEST

START_TEST(the_largest_limit_and_the_smallest)
{
    struct run_settings given = settings(RUN_RESTART_ON_CRASH);
    struct restart_end end = end_of(true, SIGSEGV);
    memset(&history, 0, sizeof history);
    given.restart_limit = (struct run_rate){RESTART_HISTORY_MAX, 60 * S};
    for (int round = 0; round < 3; round++, end.ended_us += 60 * S) {
        for (int i = 0; i < RESTART_HISTORY_MAX; i++)
            ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_AFTER);
        ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
    }
    memset(&history, 0, sizeof history);
    given.restart_limit.count = 0;
    ck_assert_int_eq(restart_decide(&end, &given, &history, 0).kind, RESTART_LIMIT);
}
END_TEST

START_TEST(the_delay_doubles_until_a_life_is_long)
{
    struct run_settings given = settings(RUN_RESTART_ON_CRASH);
    struct restart_end end = end_of(true, SIGSEGV);
    static const int64_t nominal[] = {S / 10, S / 5, 2 * S / 5, 4 * S / 5, 8 * S / 5};
    memset(&history, 0, sizeof history);
    for (size_t i = 0; i < sizeof nominal / sizeof *nominal; i++) {
        const int64_t delay_us = restart_decide(&end, &given, &history, 12345).delay_us;
        ck_assert_int_ge(delay_us, nominal[i] - nominal[i] / 5);
        ck_assert_int_le(delay_us, nominal[i] + nominal[i] / 5);
    }
    end.ended_us = end.began_us + 60 * S;
    end.began_us += 10 * S;
    end.ended_us = end.began_us + 60 * S;
    ck_assert_int_le(restart_decide(&end, &given, &history, 0).delay_us, S / 10 + S / 50);
}
END_TEST

START_TEST(the_daemon_leads_a_session_or_is_the_oldest_of_another)
{
    const struct leftover none[] = {{10, 5, 1}, {11, 5, 2}};
    const struct leftover leader[] = {{10, 5, 1}, {12, 11, 2}, {13, 13, 4}, {14, 14, 3}};
    const struct leftover forked_twice[] = {{13, 12, 4}, {14, 12, 3}, {10, 5, 1}};
    ck_assert_ptr_null(leftovers_daemon(none, 0, 5));
    ck_assert_ptr_null(leftovers_daemon(none, 2, 5));
    ck_assert_ptr_eq(leftovers_daemon(leader, 4, 5), &leader[3]);
    ck_assert_ptr_eq(leftovers_daemon(forked_twice, 3, 5), &forked_twice[1]);
}
END_TEST

START_TEST(how_leftovers_are_asked)
{
    ck_assert_int_eq(leftovers_signal("nginx"), SIGQUIT);
    ck_assert_int_eq(leftovers_signal("php-fpm8.2"), SIGQUIT);
    ck_assert_int_eq(leftovers_signal("apache2"), SIGUSR1);
    ck_assert_int_eq(leftovers_signal("redis-server"), SIGTERM);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_is_a_crash);
    tcase_add_test(tests, what_was_asked_for_or_expected_is_none);
    tcase_add_test(tests, who_asked);
    tcase_add_test(tests, the_limit_counts_what_is_recent);
    tcase_add_test(tests, who_killed_it_is_refused_from_now_on_and_the_limit_waits_for_another_death);
    tcase_add_test(tests, the_largest_limit_and_the_smallest);
    tcase_add_test(tests, the_delay_doubles_until_a_life_is_long);
    tcase_add_test(tests, the_daemon_leads_a_session_or_is_the_oldest_of_another);
    tcase_add_test(tests, how_leftovers_are_asked);
}
