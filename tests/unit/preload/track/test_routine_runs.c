/* SPDX-License-Identifier: MIT */
/* Unit tests of breaker, restarts and parking of routines. */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libc/calls/loader_locks.h"
#include "routines/table.h"
#include "state/config.h"
#include "track/routine_runs.h"
#include "unit.h"

#define S UINT64_C(1000000000)

static struct crumple_config config;
const struct crumple_config *crumple_config = &config;

/* The loader's lock: no other thread of a test loads anything. */
bool loader_hold_list(void)
{
    return true;
}

void loader_leave_list(void)
{
}

static void set_up(void)
{
    config.breaker = (struct safe_breaker_rules){2, 2, 60 * S, 30 * S, 60 * S};
    config.backoff_first_ns = S / 10;
    config.backoff_most_ns = 30 * S;
    config.restarts_most = 3;
    config.restart_window_ns = 60 * S;
    ck_assert_int_eq(routines_prepare(), 0);
    ck_assert_int_eq(safe_routines_prepare(), 0);
}

/* Of routine 1: the table is empty, any index will do. */
static void fail_routine(int times, uint64_t now)
{
    uint64_t generation;
    while (times--) {
        ck_assert(safe_routines_allow(1, now, &generation));
        safe_routines_done(1, generation, now, SAFE_BREAKER_FAILURE);
    }
}

START_TEST(a_routine_that_keeps_faulting_is_open)
{
    uint64_t early, generation;
    struct safe_routine_change c;
    ck_assert(safe_routines_allow(1, S, &early));
    ck_assert(!safe_routines_open(1, early, S));
    fail_routine(3, S);
    ck_assert(safe_routines_open(1, early, S));
    ck_assert(!safe_routines_allow(1, S, &generation));
    ck_assert_uint_eq(generation, 0);
    ck_assert(safe_routines_allow(2, S, &generation)); /* another one */
    ck_assert(safe_routines_allow(0, S, &generation)); /* none */
    ck_assert(!safe_routines_open(0, 0, S));
    ck_assert(safe_routines_next_change(&c));
    ck_assert_int_eq(c.routine, 1);
    ck_assert_int_eq(c.to, SAFE_BREAKER_OPEN);
    ck_assert(!safe_routines_next_change(&c));
}
END_TEST

START_TEST(a_probe_may_fault_and_others_may_not)
{
    uint64_t probe;
    fail_routine(3, S);
    ck_assert(safe_routines_allow(1, 32 * S, &probe));
    ck_assert(safe_routines_open(1, 0, 32 * S));
    ck_assert(!safe_routines_open(1, probe, 32 * S));
    safe_routines_done(1, probe, 32 * S, SAFE_BREAKER_FAILURE);
    ck_assert(safe_routines_open(1, probe, 32 * S));
}
END_TEST

START_TEST(sixty_seconds_of_uptime_are_a_success)
{
    uint64_t first, second;
    fail_routine(3, S);
    ck_assert(safe_routines_allow(1, 32 * S, &first));
    ck_assert(safe_routines_allow(1, 32 * S, &second));
    ck_assert(safe_routines_open(1, 0, 91 * S));
    ck_assert(!safe_routines_open(1, 0, 92 * S)); /* closed: nobody told anything */
    safe_routines_done(1, first, 93 * S,
                       SAFE_BREAKER_FAILURE); /* a fault later is one of the present window */
    fail_routine(1, 93 * S);
    ck_assert(!safe_routines_open(1, 0, 93 * S));
    fail_routine(1, 93 * S);
    ck_assert(safe_routines_open(1, 0, 93 * S));
}
END_TEST

START_TEST(one_run_does_not_succeed_twice)
{
    uint64_t probe, other;
    fail_routine(3, S);
    ck_assert(safe_routines_allow(1, 32 * S, &probe));
    ck_assert(safe_routines_open(1, 0, 93 * S)); /* one success of two */
    safe_routines_done(1, probe, 93 * S, SAFE_BREAKER_SUCCESS);
    ck_assert(safe_routines_open(1, 0, 93 * S));
    ck_assert(safe_routines_allow(1, 93 * S, &other));
    safe_routines_done(1, other, 94 * S, SAFE_BREAKER_SUCCESS);
    ck_assert(!safe_routines_open(1, 0, 94 * S));
}
END_TEST

START_TEST(restarts_are_counted_in_a_sliding_window)
{
    uint64_t delay;
    ck_assert_uint_eq(safe_routines_recent(1, S), 0);
    ck_assert_uint_eq(safe_routines_restarted(1, 1 * S, 0, &delay), 1);
    ck_assert_uint_eq(safe_routines_restarted(1, 31 * S, 0, &delay), 2);
    ck_assert_uint_eq(safe_routines_recent(1, 61 * S), 2); /* the edge belongs to it */
    ck_assert_uint_eq(safe_routines_recent(1, 61 * S + 1), 1);
    ck_assert_uint_eq(safe_routines_recent(2, 61 * S), 0);
}
END_TEST

START_TEST(the_count_of_restarts_never_wraps_to_few)
{
    uint64_t delay;
    int i;
    for (i = 0; i < 100; i++)
        safe_routines_restarted(1, S, 0, &delay);
    ck_assert_uint_eq(safe_routines_recent(1, S), ROUTINE_RESTARTS);
}
END_TEST

START_TEST(the_delay_doubles_until_a_minute_of_health)
{
    uint64_t delay, now = S;
    int i;
    for (i = 0; i < 5; i++) {
        safe_routines_restarted(1, now, 0, &delay);
        ck_assert_uint_eq(delay, (S / 10 << i) / 5 * 4); /* random 0: a fifth less */
        now += delay;
    }
    now += 59 * S;
    safe_routines_restarted(1, now, 0, &delay);
    ck_assert_uint_eq(delay, (S / 10 << 5) / 5 * 4);
    now += delay + 60 * S + 1;
    safe_routines_restarted(1, now, 0, &delay);
    ck_assert_uint_eq(delay, S / 10 / 5 * 4);
}
END_TEST

START_TEST(a_parked_routine_tries_again_when_its_breaker_half_opens)
{
    uint64_t generation;
    fail_routine(3, S);
    safe_routines_park(1);
    safe_routines_park(1);
    ck_assert_uint_eq(safe_routines[0].parked, 2);
    ck_assert(!safe_routines_unpark(1, 31 * S, &generation));
    ck_assert(safe_routines_unpark(1, 32 * S, &generation));
    ck_assert_uint_eq(safe_routines[0].parked, 1);
    safe_routines_done(1, generation, 33 * S, SAFE_BREAKER_FAILURE);
    ck_assert(!safe_routines_unpark(1, 33 * S, &generation));
}
END_TEST

START_TEST(with_a_closed_breaker_it_tries_again_when_there_is_room_for_a_restart)
{
    uint64_t generation, delay;
    int i;
    for (i = 0; i < 3; i++)
        safe_routines_restarted(1, S, 0, &delay);
    safe_routines_park(1);
    for (i = 0; i < 10; i++)
        ck_assert(!safe_routines_unpark(1, 61 * S, &generation));
    ck_assert(safe_routines_unpark(1, 61 * S + 1, &generation));
    ck_assert_uint_eq(safe_routines[0].parked, 0);
}
END_TEST

START_TEST(a_forked_child_has_the_names_and_not_the_record)
{
    uint64_t delay, generation;
    int status;
    pid_t pid;
    strcpy(safe_routines[0].names, "tick");
    fail_routine(3, S);
    safe_routines_restarted(1, S, 0, &delay);
    safe_routines_park(1);
    pid = fork();
    if (pid == 0)
        _exit(!safe_routines_open(1, 0, S) && safe_routines_recent(1, S) == 0 && !safe_routines[0].parked &&
                      strcmp(safe_routines[0].names, "tick") == 0
                  ? 0
                  : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(!safe_routines_allow(1, S, &generation));
}
END_TEST

/* Runs of one routine begin and fail, and are restarted, in many threads at once. */
static void *storm(void *unused)
{
    uint64_t generation, delay;
    for (int i = 0; i < 200; i++) {
        if (safe_routines_allow(1, S, &generation))
            safe_routines_done(1, generation, S, SAFE_BREAKER_FAILURE);
        (void)safe_routines_open(1, generation, S);
        safe_routines_restarted(1, S, 0, &delay);
        (void)safe_routines_recent(1, S);
        safe_routines_park(1);
        safe_routines_cancelled(1);
    }
    return unused;
}

START_TEST(many_threads_at_once_lose_nothing)
{
    pthread_t threads[8];
    uint64_t generation;
    for (size_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, storm, NULL);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    ck_assert(!safe_routines_allow(1, S, &generation));
    ck_assert_uint_eq(safe_routines_recent(1, S), ROUTINE_RESTARTS);
    ck_assert_uint_eq(safe_routines[0].parked, 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_routine_that_keeps_faulting_is_open);
    tcase_add_test(tests, a_probe_may_fault_and_others_may_not);
    tcase_add_test(tests, sixty_seconds_of_uptime_are_a_success);
    tcase_add_test(tests, one_run_does_not_succeed_twice);
    tcase_add_test(tests, restarts_are_counted_in_a_sliding_window);
    tcase_add_test(tests, the_count_of_restarts_never_wraps_to_few);
    tcase_add_test(tests, the_delay_doubles_until_a_minute_of_health);
    tcase_add_test(tests, a_parked_routine_tries_again_when_its_breaker_half_opens);
    tcase_add_test(tests, with_a_closed_breaker_it_tries_again_when_there_is_room_for_a_restart);
    tcase_add_test(tests, a_forked_child_has_the_names_and_not_the_record);
    tcase_add_test(tests, many_threads_at_once_lose_nothing);
}
