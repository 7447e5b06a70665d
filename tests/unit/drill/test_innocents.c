/* SPDX-License-Identifier: MIT */
/* What a load says about its clients. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "innocents.h"
#include "unit.h"

START_TEST(test_numbers_are_added_and_the_longest_time_counts)
{
    struct drill_innocents said = {0};

    drill_innocents_take(&said, "drill: requests=10 refused=1 reset=2 wrong=0 hung=0 longest_ms=7\n");
    drill_innocents_take(&said, "drill: requests=5 refused=1 reset=1 wrong=3 hung=4 longest_ms=5\n");
    ck_assert(said.told);
    ck_assert_uint_eq(said.requests, 15);
    ck_assert_uint_eq(said.refused, 2);
    ck_assert_uint_eq(said.reset, 3);
    ck_assert_uint_eq(said.wrong, 3);
    ck_assert_uint_eq(said.hung, 4);
    ck_assert_uint_eq(said.longest_ms, 7);
}
END_TEST

START_TEST(test_other_lines_and_words_say_nothing)
{
    struct drill_innocents said = {0};

    drill_innocents_take(&said, "requests=10\n");
    drill_innocents_take(&said, " drill: requests=10\n");
    ck_assert(!said.told);
    drill_innocents_take(&said, "drill: later=1 requests=-1 reset= wrong=x requests=4\n");
    ck_assert(said.told);
    ck_assert_uint_eq(said.requests, 4);
    ck_assert_uint_eq(said.reset + said.wrong, 0);
}
END_TEST

START_TEST(test_the_last_words_of_an_output)
{
    char path[] = "/tmp/crumple-unit.XXXXXX", words[16];
    int fd = mkstemp(path);
    static const char text[] = "first\nno such option, and more\n\ndrill: requests=1\n";

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    drill_innocents_last_words(path, words, sizeof words);
    ck_assert_str_eq(words, "no such option,");
    unlink(path);
    drill_innocents_last_words(path, words, sizeof words);
    ck_assert_str_eq(words, "");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_numbers_are_added_and_the_longest_time_counts);
    tcase_add_test(tests, test_other_lines_and_words_say_nothing);
    tcase_add_test(tests, test_the_last_words_of_an_output);
}
