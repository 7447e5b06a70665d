/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "crash/secrets.h"
#include "report/secrets.h"
#include "unit.h"

static void expect_member(const struct crash *crash, const char *expected)
{
    struct buffer out = {0};
    secrets_write(crash, &out);
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, expected);
    buffer_release(&out);
}

START_TEST(a_value_is_kept_with_its_name)
{
    struct crash crash = {0};
    ck_assert(!crash_has_secrets(&crash));
    crash_add_secret(&crash, "tag", "token", 0, "abc", 3);
    crash_add_secret(&crash, "watch", "key", 17, "\x1b\"", 2);
    ck_assert(crash_has_secrets(&crash));
    expect_member(&crash,
                  "{\"format\":1,\"secrets\":[{\"kind\":\"tag\",\"name\":\"token\",\"value\":\"abc\"},"
                  "{\"kind\":\"watch\",\"name\":\"key\",\"tid\":17,\"value\":\"\\u001b\\\"\"}]}\n");
    buffer_release(&crash.secrets);
}
END_TEST

START_TEST(what_is_beyond_the_limit_is_left_out_and_told_once)
{
    struct crash crash = {0};
    char *value = calloc(1, SECRETS_BYTES_MAX);
    memset(value, 'x', SECRETS_BYTES_MAX);
    crash_add_secret(&crash, "tag", "a", 0, value, SECRETS_BYTES_MAX / 2);
    const size_t size = crash.secrets.size;
    crash_add_secret(&crash, "tag", "b", 0, value, SECRETS_BYTES_MAX);
    const size_t told = crash.soft_errors.size;
    crash_add_secret(&crash, "tag", "c", 0, value, 1);
    ck_assert_uint_eq(crash.secrets.size, size);
    ck_assert_uint_gt(told, 0);
    ck_assert_uint_eq(crash.soft_errors.size, told);
    free(value);
    buffer_release(&crash.secrets);
    buffer_release(&crash.soft_errors);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_value_is_kept_with_its_name);
    tcase_add_test(tests, what_is_beyond_the_limit_is_left_out_and_told_once);
}
