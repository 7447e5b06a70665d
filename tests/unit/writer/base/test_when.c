/* SPDX-License-Identifier: MIT */
/* Unit tests of moments that somebody has written. */
#include <string.h>

#include "base/when.h"
#include "unit.h"

static int64_t parse(const char *text)
{
    return when_parse((struct span){text, strlen(text)});
}

START_TEST(zones)
{
    ck_assert_int_eq(parse("2026-11-20T18:56:07.123456Z"), INT64_C(1795200967123456));
    ck_assert_int_eq(parse("2026-11-20T18:56:07Z"), INT64_C(1795200967000000));
    ck_assert_int_eq(parse("2026-11-20T19:56:07.123+0100"), INT64_C(1795200967123000));
    ck_assert_int_eq(parse("2026-11-20T13:26:07.123000456-05:30"), INT64_C(1795200967123000));
    ck_assert_int_eq(parse("2026-11-20T18:56:07.1"), -1);
    ck_assert_int_eq(parse("2026-11-20T18:56:07+01"), -1);
    ck_assert_int_eq(parse("2026-11-20T18:56:07+0x:00"), -1);
    ck_assert_int_eq(parse("2026-11-20 18:56:07Z"), -1);
    ck_assert_int_eq(parse(""), -1);
    ck_assert_int_eq(when_parse((struct span){NULL, 0}), -1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, zones);
}
