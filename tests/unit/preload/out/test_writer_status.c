/* SPDX-License-Identifier: MIT */
/* What the helper makes of the words on the writer's status pipe. */
#include <stdio.h>
#include <string.h>

#include "out/writer_status.h"
#include "unit.h"

static char heard[4096];

static void hear(const char *text, size_t n)
{
    strncat(heard, text, n);
}

static struct safe_status status;

static void setup(void)
{
    memset(&status, 0, sizeof status);
    status.heard = hear;
    heard[0] = '\0';
}

static bool take(const char *text)
{
    return safe_status_take(&status, text, strlen(text));
}

START_TEST(stages_are_known_and_not_passed_on)
{
    ck_assert(take("stage maps\nstage modules\n"));
    ck_assert_str_eq(status.stage, "modules");
    ck_assert(!take("verdict allow jump SIGSEGV | f\n"));
    ck_assert(take("stage report\nok NAME.tar.zst\n"));
    ck_assert_str_eq(heard, "verdict allow jump SIGSEGV | f\nok NAME.tar.zst\n");
    ck_assert(status.has_verdict && status.has_ok);
}
END_TEST

START_TEST(lines_come_in_pieces)
{
    ck_assert(!take("sta"));
    ck_assert(!take("ge st"));
    ck_assert(take("ack\nver"));
    ck_assert_str_eq(status.stage, "stack");
    ck_assert_str_eq(heard, "");
    ck_assert(!take("dict refuse x\n"));
    ck_assert_str_eq(heard, "verdict refuse x\n");
}
END_TEST

START_TEST(half_a_line_of_a_dead_writer_is_forgotten)
{
    take("stage maps\nverdict allow ju");
    safe_status_begin(&status);
    take("stage notes\n");
    ck_assert_str_eq(status.stage, "notes");
    ck_assert_str_eq(heard, "");
}
END_TEST

START_TEST(lines_that_are_too_long_are_cut)
{
    char text[3000];
    memset(text, 'x', sizeof text);
    ck_assert(!safe_status_take(&status, text, sizeof text));
    ck_assert(take("\nstage maps\n"));
    ck_assert_str_eq(status.stage, "maps");
    ck_assert_uint_lt(strlen(heard), 1100);
    take("stage a-name-that-no-stage-has-and-that-fits-nowhere\n");
    ck_assert_uint_lt(strlen(status.stage), sizeof status.stage);
}
END_TEST

START_TEST(each_stage_is_left_out_once)
{
    take("stage stack\n");
    ck_assert(safe_status_again(&status, "11"));
    ck_assert_str_eq(status.without, "stack:11");
    safe_status_begin(&status);
    take("stage stacks\n");
    ck_assert(safe_status_again(&status, "hang"));
    ck_assert_str_eq(status.without, "stack:11,stacks:hang");
    safe_status_begin(&status);
    take("stage stack\n"); /* though it was left out */
    ck_assert(!safe_status_again(&status, "11"));
    ck_assert_str_eq(status.without, "stack:11,stacks:hang");
}
END_TEST

START_TEST(a_writer_that_was_in_no_stage_is_repeated_once)
{
    ck_assert(safe_status_again(&status, "11"));
    safe_status_begin(&status);
    ck_assert(!safe_status_again(&status, "11"));
    ck_assert_str_eq(status.without, "");
}
END_TEST

START_TEST(a_writer_that_was_killed_is_repeated_before_a_stage_is_left_out)
{
    take("stage file\n");
    ck_assert(safe_status_again(&status, "9"));
    ck_assert_str_eq(status.without, "");
    safe_status_begin(&status);
    take("stage file\n");
    ck_assert(safe_status_again(&status, "9"));
    ck_assert_str_eq(status.without, "file:9");
}
END_TEST

START_TEST(the_list_ends_where_it_is_full)
{
    char line[64];
    int count = 0;
    for (; count < 100; count++) {
        snprintf(line, sizeof line, "stage stage-number-%d\n", count);
        take(line);
        if (!safe_status_again(&status, "11"))
            break;
    }
    ck_assert_int_gt(count, 5);
    ck_assert_int_lt(count, 40);
    ck_assert_uint_lt(strlen(status.without), SAFE_STATUS_LIST);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, stages_are_known_and_not_passed_on);
    tcase_add_test(tests, lines_come_in_pieces);
    tcase_add_test(tests, half_a_line_of_a_dead_writer_is_forgotten);
    tcase_add_test(tests, lines_that_are_too_long_are_cut);
    tcase_add_test(tests, each_stage_is_left_out_once);
    tcase_add_test(tests, a_writer_that_was_in_no_stage_is_repeated_once);
    tcase_add_test(tests, a_writer_that_was_killed_is_repeated_before_a_stage_is_left_out);
    tcase_add_test(tests, the_list_ends_where_it_is_full);
}
