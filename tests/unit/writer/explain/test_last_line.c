/* SPDX-License-Identifier: MIT */
/* The last line of an output, and what of it stays the same next time. */
#include <stdlib.h>
#include <string.h>

#include "explain/last_line.h"
#include "unit.h"

static void finds(const char *text, const char *wanted)
{
    char line[300];
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1); /* of this size: the sanitizer sees what reads beyond it */
    memcpy(copy, text, size);
    last_line_find(copy, size, line, sizeof line);
    free(copy);
    ck_assert_str_eq(line, wanted);
}

static void normalizes(const char *line, const char *wanted)
{
    char text[120];
    last_line_normalize(line, text, sizeof text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(the_last_line_that_says_something)
{
    finds("", "");
    finds("\n\n", "");
    finds("one", "one");
    finds("one\ntwo\n", "two");
    finds("one\n  two \t\r\n \n\n", "two");
    finds("\x1b[1;31mFATAL\x1b[0m: no space\x1b[K\n", "FATAL: no space");
    finds("only colours\n\x1b[0m\n", "only colours");
    finds("its own\ncrumple: a bad variable\ncrumple: report: x\n", "its own");
    finds("cut escape \x1b[", "cut escape");
    finds("\x1b", "\x1b"); /* cleaned where it is written */
}
END_TEST

START_TEST(a_stack_is_not_what_a_server_says)
{
    finds(
        "http: panic serving a: boom\ngoroutine 7 [running]:\nmain.f(0x1)\n\t/src/m.go:1 +0x1\ncreated by main.g\n\t/src/m.go:2 +0x1\n",
        "http: panic serving a: boom");
    finds("one\nmain.f(0x1)\n", "main.f(0x1)");
    finds("\t/src/m.go:2 +0x1\n", "");
}
END_TEST

START_TEST(what_looks_secret_is_hidden)
{
    finds("cannot log in with password=hunter2\n", "cannot log in with password=[redacted]");
    finds("redis://u:p@h is down", "redis://u:[redacted]@h is down");
}
END_TEST

START_TEST(long_lines_are_cut_between_characters)
{
    char text[1000], line[10];
    memset(text, 'x', sizeof text);
    last_line_find(text, sizeof text, line, sizeof line);
    ck_assert_str_eq(line, "xxxxxxxxx");
    memcpy(text, "12345678\xc3\xa4xx", 12);
    last_line_find(text, 12, line, sizeof line);
    ck_assert_str_eq(line, "12345678");
    static char longest[1 << 17];
    memset(longest, 'y', sizeof longest);
    last_line_find(longest, sizeof longest, text, sizeof text);
    ck_assert_uint_eq(strlen(text), sizeof text - 1);
}
END_TEST

START_TEST(numbers_times_and_ids_do_not_count)
{
    normalizes("", "");
    normalizes("FATAL: cannot bind port 80", "FATAL: cannot bind port #");
    normalizes("2026-11-29 10:00:01.123 [4711] FATAL: x", "# [#] FATAL: x");
    normalizes("Nov 29 12:00:00 web3 srv[7]: gone", "# srv[#]: gone");
    normalizes("[Sun Nov 29 12:00:00.5 2026] [error] AH00001: x", "[#] [error] #: x");
    normalizes("at 0x7f00dead in 10.0.0.1:6379", "at # in #");
    normalizes("request 123e4567-e89b-12d3-a456-426614174000 failed", "request # failed");
    normalizes("key deadbeefcafe is gone", "key # is gone");
    normalizes("no  more \t memory", "no more memory");
    normalizes("disk1 and disk2", "# and #");
    normalizes("feed the cafe", "feed the cafe");
    normalizes("a, 1", "a, #");
    normalizes("1, 2, 3 items", "# items");
}
END_TEST

START_TEST(equal_ends_have_equal_texts_whatever_their_numbers_lengths)
{
    char a[120], b[120];
    last_line_normalize("2026-01-01T00:00:00Z worker 9 died after 1.5s: EIO", a, sizeof a);
    last_line_normalize("2027-12-31T23:59:59Z worker 10000 died after 12345.25s: EIO", b, sizeof b);
    ck_assert_str_eq(a, b);
}
END_TEST

START_TEST(short_room)
{
    char text[6];
    last_line_normalize("abcdefghi 7", text, sizeof text);
    ck_assert_str_eq(text, "abcde");
    last_line_normalize("77777777777777", text, sizeof text);
    ck_assert_str_eq(text, "#");
    last_line_normalize("a b c d e", text, 1);
    ck_assert_str_eq(text, "");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_last_line_that_says_something);
    tcase_add_test(tests, a_stack_is_not_what_a_server_says);
    tcase_add_test(tests, what_looks_secret_is_hidden);
    tcase_add_test(tests, long_lines_are_cut_between_characters);
    tcase_add_test(tests, numbers_times_and_ids_do_not_count);
    tcase_add_test(tests, equal_ends_have_equal_texts_whatever_their_numbers_lengths);
    tcase_add_test(tests, short_room);
}
