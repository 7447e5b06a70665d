/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/descriptors.h"
#include "unit.h"

static struct crash read_text(const char *text)
{
    struct crash crash = {0};
    const struct core_span note = {(const uint8_t *)text, strlen(text)};
    ck_assert_int_eq(descriptors_read(note, &crash.descriptors), 0);
    return crash;
}

static void release(struct crash *crash)
{
    free(crash->descriptors.text);
    free(crash->descriptors.items);
}

START_TEST(a_descriptor_is_found_by_its_number)
{
    struct crash crash =
        read_text("12 pipe [4711]\n7 tcp 10.0.0.1:8080 established 10.0.0.2:4711\n0 device /dev/null");
    ck_assert_str_eq(descriptors_find(&crash, 7), "tcp 10.0.0.1:8080 established 10.0.0.2:4711");
    ck_assert_str_eq(descriptors_find(&crash, 0), "device /dev/null");
    ck_assert_str_eq(descriptors_find(&crash, 12), "pipe [4711]");
    ck_assert_ptr_null(descriptors_find(&crash, 8));
    ck_assert_ptr_null(descriptors_find(&crash, -1));
    release(&crash);
}
END_TEST

START_TEST(without_a_note_nothing_is_found)
{
    struct crash crash = {0};
    ck_assert_ptr_null(descriptors_find(&crash, 7));
    crash = read_text("");
    ck_assert_ptr_null(descriptors_find(&crash, 0));
    release(&crash);
}
END_TEST

START_TEST(lines_that_make_no_sense_are_skipped)
{
    struct crash crash =
        read_text("x tcp\n-3 pipe\n99999999999999999999 pipe\n4294967296 pipe\n5\n6 \n\n8 file /a\tb\x01"
                  "c\n");
    ck_assert_uint_eq(crash.descriptors.count, 1);
    ck_assert_str_eq(descriptors_find(&crash, 8), "file /a b c");
    release(&crash);
}
END_TEST

START_TEST(a_note_of_more_lines_than_allowed_is_cut)
{
    static char text[CRUMPLE_MAX_DESCRIPTORS * 32];
    char *at = text;
    for (int i = 0; i < CRUMPLE_MAX_DESCRIPTORS + 10; i++)
        at += sprintf(at, "%d file /\n", i);
    struct crash crash = read_text(text);
    ck_assert_uint_eq(crash.descriptors.count, CRUMPLE_MAX_DESCRIPTORS);
    release(&crash);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_descriptor_is_found_by_its_number);
    tcase_add_test(tests, without_a_note_nothing_is_found);
    tcase_add_test(tests, lines_that_make_no_sense_are_skipped);
    tcase_add_test(tests, a_note_of_more_lines_than_allowed_is_cut);
}
