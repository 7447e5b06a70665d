/* SPDX-License-Identifier: MIT */
/* How long a piece of work may take that the report can do without. */
#include "base/stages.h"
#include "unit.h"

START_TEST(test_work_that_can_be_left_takes_a_quarter_of_what_is_left)
{
    ck_assert_int_eq(stages_time_for(1000), 1000);
    stages_progress->end_ms = stages_now_ms() + 30000;
    ck_assert_int_eq(stages_time_for(1000), 1000);
    stages_progress->end_ms = stages_now_ms() + 400;
    ck_assert_int_le(stages_time_for(1000), 100);
    ck_assert_int_eq(stages_time_for(10), 10);
    stages_progress->end_ms = stages_now_ms() - 1;
    ck_assert_int_eq(stages_time_for(1000), 0);
    stages_progress->end_ms = 0;
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_work_that_can_be_left_takes_a_quarter_of_what_is_left);
}
