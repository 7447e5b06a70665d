/* SPDX-License-Identifier: MIT */
/* Strings of strangers in JSON, and cleaned for people. */
#include "base/buffer.h"
#include "base/json.h"
#include "unit.h"

START_TEST(test_json_escapes_foreign_strings)
{
    struct buffer out = {0};
    static const char text[] = "a\"\\\n\x1b[31m\x7f\xc2\x9b\0\xff\xe2\x82\xac\xed\xa0\x80";
    json_bytes(&out, NULL, text, sizeof text - 1);
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(
        out.data,
        "\"a\\\"\\\\\\n\\u001b[31m\\u007f\\u009b\xef\xbf\xbd\xef\xbf\xbd\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd"
        "\xef\xbf\xbd\"");
    buffer_release(&out);
    buffer_add_clean(&out, text, sizeof text - 1);
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, "a\"\\??[31m????\xe2\x82\xac???");
    buffer_release(&out);
}
END_TEST

START_TEST(test_json_escapes_foreign_names)
{
    struct buffer out = {0};
    json_open(&out, NULL, '{');
    json_number(&out, "de\"vi\x9c\x1b", 1);
    json_close(&out, '}');
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, "{\"de\\\"vi\xef\xbf\xbd\\u001b\":1}");
    buffer_release(&out);
}
END_TEST

START_TEST(test_json_writes_every_number)
{
    struct buffer out = {0};
    json_open(&out, NULL, '[');
    json_number(&out, NULL, 0);
    json_number(&out, NULL, -7);
    json_number(&out, NULL, INT64_MAX);
    json_number(&out, NULL, INT64_MIN);
    json_close(&out, ']');
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, "[0,-7,9223372036854775807,-9223372036854775808]");
    buffer_release(&out);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_json_writes_every_number);
    tcase_add_test(tests, test_json_escapes_foreign_strings);
    tcase_add_test(tests, test_json_escapes_foreign_names);
}
