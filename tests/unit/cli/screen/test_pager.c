/* SPDX-License-Identifier: MIT */
/* Which pager, and whether it is there. */
#include <stdio.h>
#include <string.h>

#include "screen/pager.h"
#include "unit.h"

static const struct {
    const char *crumple_pager, *pager, *command;
} choices[] = {
    {NULL, NULL, "less"}, {NULL, "more", "more"}, {"most -s", "more", "most -s"},
    {"", "more", NULL},   {NULL, "", NULL},       {"cat", NULL, NULL},
    {NULL, "cat", NULL},  {"   ", NULL, NULL},    {" less -S", NULL, "less -S"},
};

START_TEST(crumples_variable_comes_before_the_common_one)
{
    const char *command = pager_choose(choices[_i].crumple_pager, choices[_i].pager);
    if (choices[_i].command)
        ck_assert_str_eq(command, choices[_i].command);
    else
        ck_assert_ptr_null(command);
}
END_TEST

START_TEST(a_pager_that_does_not_exist_is_none)
{
    char long_path[9000];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    ck_assert(pager_exists("sh -c x", "/nowhere:/bin"));
    ck_assert(pager_exists("/bin/sh", NULL));
    ck_assert(!pager_exists("/bin/no-such-program -x", "/bin"));
    ck_assert(!pager_exists("no-such-program", "/bin:/usr/bin"));
    ck_assert(!pager_exists("sh", NULL));
    ck_assert(!pager_exists("sh", ""));
    ck_assert(!pager_exists("sh", long_path));
    ck_assert(!pager_exists(long_path, "/bin"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, crumples_variable_comes_before_the_common_one, 0,
                        sizeof choices / sizeof choices[0]);
    tcase_add_test(tests, a_pager_that_does_not_exist_is_none);
}
