/* SPDX-License-Identifier: MIT */
#include "capture/vitals.h"
#include "unit.h"

START_TEST(kernels_before_5_16_kill_all_that_share_memory)
{
    static const char *const old[] = {
        "5.15.0-91-generic", "5.10.0-28-amd64", "4.18.0-553.el8.x86_64", "3.10.0", "5.4", ""};
    static const char *const new[] = {"5.16.0", "5.16", "6.1.0-18-amd64", "5.100.1", "10.0", "6"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        ck_assert_msg(safe_vitals_kills_all(old[i]), "%s", old[i]);
    for (size_t i = 0; i < sizeof new / sizeof *new; i++)
        ck_assert_msg(!safe_vitals_kills_all(new[i]), "%s", new[i]);
}
END_TEST

#define MS UINT64_C(1000000)

START_TEST(where_little_time_is_left_a_step_takes_a_part_of_it)
{
    ck_assert_uint_eq(safe_vitals_time_ns(5 * MS, 10005 * MS, 60 * MS), 60 * MS);
    ck_assert_uint_eq(safe_vitals_time_ns(5 * MS, 5 * MS + 8 * 60 * MS, 60 * MS), 60 * MS);
    ck_assert_uint_eq(safe_vitals_time_ns(5 * MS, 205 * MS, 60 * MS), 25 * MS);
    ck_assert_uint_eq(safe_vitals_time_ns(5 * MS, 6 * MS, 20 * MS), MS / 8);
    ck_assert_uint_eq(safe_vitals_time_ns(5 * MS, 5 * MS, 20 * MS), 0);
    ck_assert_uint_eq(safe_vitals_time_ns(6 * MS, 5 * MS, 20 * MS), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, where_little_time_is_left_a_step_takes_a_part_of_it);
    tcase_add_test(tests, kernels_before_5_16_kill_all_that_share_memory);
}
