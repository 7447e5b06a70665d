/* SPDX-License-Identifier: MIT */
#include "watch/watch_format.h"

#include <string.h>

#include "unit.h"

static void formats_to(enum watch_type type, const void *bytes, const char *expected)
{
    char text[64];
    watch_format(type, bytes, text, sizeof text);
    ck_assert_str_eq(text, expected);
}

START_TEST(formats_numbers)
{
    formats_to(WATCH_U8, "\xff", "255");
    formats_to(WATCH_I8, "\xff", "-1");
    formats_to(WATCH_U16, "\xff\xff", "65535");
    formats_to(WATCH_I16, "\x00\x80", "-32768");
    formats_to(WATCH_U32, "\xff\xff\xff\xff", "4294967295");
    formats_to(WATCH_I32, "\xfe\xff\xff\xff", "-2");
    formats_to(WATCH_U64, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615");
    formats_to(WATCH_I64, "\x00\x00\x00\x00\x00\x00\x00\x80", "-9223372036854775808");
    formats_to(WATCH_HEX, "\x10\x00\x00\x00\x00\x00\x00\x80", "0x8000000000000010");
    formats_to(WATCH_PTR, "\x00\x00\x00\x00\x00\x00\x00\x00", "0x0");
}
END_TEST

START_TEST(formats_the_rest)
{
    const float third = 1.0f / 3;
    const double tenth = 0.1, large = 1e300;
    formats_to(WATCH_F32, &third, "0.33333334");
    formats_to(WATCH_F64, &tenth, "0.1");
    formats_to(WATCH_F64, &large, "1e+300");
    formats_to(WATCH_BOOL, "\x01", "true");
    formats_to(WATCH_BOOL, "\x00", "false");
    formats_to(WATCH_CHAR, "x", "x");
    formats_to(WATCH_CHAR, "\x1b", "\\x1b");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, formats_numbers);
    tcase_add_test(tests, formats_the_rest);
}
