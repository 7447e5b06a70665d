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

UNIT_TESTS(tests)
{
    tcase_add_test(tests, kernels_before_5_16_kill_all_that_share_memory);
}
