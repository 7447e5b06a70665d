/* SPDX-License-Identifier: MIT */
/* Unit tests of text in a buffer: numbers, limits, and what becomes of bytes from outside. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

START_TEST(text_stops_at_the_end_of_its_buffer)
{
    char buffer[8];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "12345");
    ck_assert(!t.truncated);
    safe_text_add(&t, "6789");
    ck_assert(t.truncated);
    ck_assert_str_eq(buffer, "1234567");
}
END_TEST

START_TEST(numbers_are_written_as_printf_would)
{
    static const uint64_t values[] = {0, 9, 10, 4095, UINT32_MAX, UINT64_MAX};
    size_t i;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        char got[64], want[64];
        struct safe_text t = safe_text_on(got, sizeof got);
        safe_text_add_u64(&t, values[i]);
        safe_text_add(&t, " ");
        safe_text_add_hex(&t, values[i]);
        snprintf(want, sizeof want, "%llu 0x%llx", (unsigned long long)values[i],
                 (unsigned long long)values[i]);
        ck_assert_str_eq(got, want);
    }
}
END_TEST

START_TEST(foreign_text_is_cleaned)
{
    static const struct {
        const char *from, *to;
    } texts[] = {
        {"a\x1b[31m\n\x7f", "a [31m  "},
        {"\u0436\u00e9 \U0001f642 \u2764\ufe0f", "\u0436\u00e9 \U0001f642 \u2764\ufe0f"},
        {"1\u202e2\u2066"
         "3\u200b4\u200d5\u2028"
         "6\u00ad7\xc2\x9b"
         "8\ufeff9\U000e0041",
         "1 2 3 4 5 6 7 8 9 "},
        {"\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80|\xe2\x80", "          |  "},
    };
    char got[64];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct safe_text t = safe_text_on(got, sizeof got);
        safe_text_add_clean(&t, texts[i].from, strlen(texts[i].from));
        ck_assert_str_eq(got, texts[i].to);
    }
    struct safe_text t = safe_text_on(got, 4);
    safe_text_add_clean(&t, "ab\u0436", 4);
    ck_assert(t.truncated);
    ck_assert_str_eq(got, "ab"); /* half a character is no text */
}
END_TEST

START_TEST(signed_and_padded_numbers)
{
    char got[64];
    struct safe_text t = safe_text_on(got, sizeof got);
    safe_text_add_i64(&t, -17);
    safe_text_add(&t, " ");
    safe_text_add_i64(&t, INT64_MIN);
    safe_text_add(&t, " ");
    safe_text_add_padded(&t, 42, 6);
    ck_assert_str_eq(got, "-17 -9223372036854775808 000042");
}
END_TEST

START_TEST(control_characters_become_blanks)
{
    char got[16];
    struct safe_text t = safe_text_on(got, sizeof got);
    safe_text_add_clean(&t, "a\033[1m\n\177b", 8);
    ck_assert_str_eq(got, "a [1m  b");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, text_stops_at_the_end_of_its_buffer);
    tcase_add_test(tests, numbers_are_written_as_printf_would);
    tcase_add_test(tests, foreign_text_is_cleaned);
    tcase_add_test(tests, signed_and_padded_numbers);
    tcase_add_test(tests, control_characters_become_blanks);
}
