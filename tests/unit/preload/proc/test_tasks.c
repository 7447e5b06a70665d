/* SPDX-License-Identifier: MIT */
/* Unit tests of the list of threads. */
#include <stdbool.h>
#include <unistd.h>

#include "proc/tasks.h"
#include "unit.h"

START_TEST(tasks_hold_this_thread)
{
    struct safe_tasks tasks;
    bool found = false;
    int tid;
    ck_assert_int_eq(safe_tasks_open(&tasks, getpid()), 0);
    while ((tid = safe_tasks_next(&tasks)) > 0)
        found |= tid == gettid();
    safe_tasks_close(&tasks);
    ck_assert(found);
    ck_assert_int_lt(safe_tasks_open(&tasks, 0x7fffffff), 0);
    ck_assert_uint_ge(safe_task_estimate(getpid()), 64);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, tasks_hold_this_thread);
}
