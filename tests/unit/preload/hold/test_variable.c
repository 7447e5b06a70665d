/* SPDX-License-Identifier: MIT */
/* Unit tests of CRUMPLE_RUN_HOLD: what crumple-run says, and what a stranger may have written into it. */
#include <string.h>

#include "hold/variable.h"
#include "unit.h"

START_TEST(a_value_is_read)
{
    struct config_hold hold = {0};
    safe_hold_parse("4711 htp crumple-run-4711-0123abcd", &hold);
    ck_assert_int_eq(hold.run_pid, 4711);
    ck_assert(hold.makes_helper && hold.takes && hold.has_peers);
    ck_assert_str_eq(hold.name, "crumple-run-4711-0123abcd");
    safe_hold_parse("1 xt y", &hold);
    ck_assert_int_eq(hold.run_pid, 1);
    ck_assert(!hold.makes_helper && hold.takes && !hold.has_peers);
    safe_hold_parse("2  name", &hold);
    ck_assert_int_eq(hold.run_pid, 2);
    ck_assert(!hold.makes_helper && !hold.takes && !hold.has_peers);
}
END_TEST

static const char *const malformed[] = {
    "",
    " ",
    "x",
    "0 h name",
    "-1 h name",
    "12",
    "12 ",
    "12 h",
    "12 h ",
    "12h name",
    "99999999999999999999 h name",
    "1 h 0123456789012345678901234567890123456789012345678901234567890123"};

START_TEST(a_malformed_value_means_nothing)
{
    struct config_hold hold = {.run_pid = 7}, before = hold;
    safe_hold_parse(malformed[_i], &hold);
    ck_assert_mem_eq(&hold, &before, sizeof hold);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_value_is_read);
    tcase_add_loop_test(tests, a_malformed_value_means_nothing, 0, sizeof malformed / sizeof *malformed);
}
