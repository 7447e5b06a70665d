/* SPDX-License-Identifier: MIT */
/* Unit tests of which log lines are shown as the last before an end. */
#include <string.h>

#include "ends/last_logged.h"
#include "unit.h"

static char found[LAST_LOGGED_BYTES + 1];

static const char *find(const char *out, const char *err)
{
    const struct end_text output[2] = {{out, out ? strlen(out) : 0}, {err, err ? strlen(err) : 0}};
    found[last_logged_find(output, found)] = '\0';
    return found;
}

START_TEST(the_last_lines_with_an_id)
{
    ck_assert_str_eq(find(NULL, NULL), "");
    ck_assert_str_eq(find("", "panic: boom\n\ngoroutine 1 [running]:\n"), "");
    ck_assert_str_eq(find("{\"mid\":\"a\"}\n{\"msg\":\"none\"}\ntext\n{\"uid\":\"b\"}\n", NULL),
                     "1 {\"mid\":\"a\"}\n1 {\"uid\":\"b\"}\n");
    ck_assert_str_eq(find("{\"mid\":1}\n{\"mid\":2}\n{\"mid\":3}\n{\"mid\":4}\n", NULL),
                     "1 {\"mid\":2}\n1 {\"mid\":3}\n1 {\"mid\":4}\n");
}
END_TEST

START_TEST(only_whole_lines)
{
    ck_assert_str_eq(find("x\":1,\"mid\":1}\n{\"mid\":2}\n{\"mid\":3", NULL), "1 {\"mid\":2}\n");
    ck_assert_str_eq(find("{\"mid\":2}", NULL), "");
    ck_assert_str_eq(find("{\"a\":{\"mid\":2}}\n{\"mid\":2}x\n{\"mid\"\n{}\n{\n}\n\n", NULL), "");
    static char line[LAST_LOGGED_LINE + 20] = "{\"mid\":\"";
    memset(line + 8, 'x', LAST_LOGGED_LINE);
    strcpy(line + 8 + LAST_LOGGED_LINE, "\"}\n");
    ck_assert_str_eq(find(line, NULL), "");
    strcpy(line + LAST_LOGGED_LINE - 2, "\"}\n");
    ck_assert_uint_eq(strlen(find(line, NULL)), LAST_LOGGED_LINE + 3);
}
END_TEST

START_TEST(of_both_streams_the_latest)
{
    ck_assert_str_eq(find("{\"ts\":\"3\",\"mid\":3}\n{\"ts\":\"5\",\"mid\":5}\n{\"ts\":\"7\",\"mid\":7}\n",
                          "{\"ts\":\"4\",\"uid\":4}\n{\"ts\":\"6\",\"uid\":6}\n{\"ts\":\"8\",\"uid\":8}\n"),
                     "2 {\"ts\":\"6\",\"uid\":6}\n1 {\"ts\":\"7\",\"mid\":7}\n2 {\"ts\":\"8\",\"uid\":8}\n");
    ck_assert_str_eq(
        find("{\"ts\":\"9\",\"mid\":9}\n", "{\"ts\":\"4\",\"uid\":4}\n{\"ts\":\"6\",\"uid\":6}\n"),
        "2 {\"ts\":\"4\",\"uid\":4}\n2 {\"ts\":\"6\",\"uid\":6}\n1 {\"ts\":\"9\",\"mid\":9}\n");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_last_lines_with_an_id);
    tcase_add_test(tests, only_whole_lines);
    tcase_add_test(tests, of_both_streams_the_latest);
}
