/* SPDX-License-Identifier: MIT */
/* Ranking groups, and groups against a build. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows/group_builds.h"
#include "rows/group_rank.h"
#include "unit.h"

static struct rows rows;
static const struct rows_row **sorted;
static struct group *groups;
static size_t count;

static void add(const char *signature, int64_t time_us, uint64_t events, const char *exe, const char *build,
                const char *version)
{
    rows.rows = reallocarray(rows.rows, rows.count + 1, sizeof *rows.rows);
    rows.rows[rows.count++] = (struct rows_row){
        .time_us = time_us,
        .count = events,
        .json = json_pack("{s:s, s:s, s:s*, s:{s:s*}}", "signature", signature, "exe", exe, "build_id", build,
                          "tags", "version", version),
    };
}

static void make(void)
{
    ck_assert_int_eq(groups_make(&rows, NULL, &sorted, &groups, &count), 0);
}

/* The signatures in their order: "a b c". */
static const char *names(void)
{
    static char text[256];
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? " " : "", groups[i].value);
    return text;
}

static void end(void)
{
    free(groups);
    free(sorted);
    rows_clear(&rows);
}

START_TEST(each_order_has_its_first_group)
{
    const struct rows_filter all = {0};
    add("often", 10, 5, "/a", NULL, NULL);
    add("old", 0, 1, "/a", NULL, NULL);
    add("old", 799, 1, "/a", NULL, NULL);
    add("grows", 100, 1, "/a", NULL, NULL);
    add("grows", 600, 3, "/a", NULL, NULL);
    add("young", 500, 1, "/a", NULL, NULL);
    make();
    const struct group_span span = group_span_of(&rows, &all, 0);
    ck_assert_int_eq(span.begin_us, 0);
    ck_assert_int_eq(span.end_us, 799);
    groups_set_trends(groups, count, &span);
    groups_sort(groups, count, GROUP_BY_COUNT);
    ck_assert_str_eq(names(), "often grows old young");
    groups_sort(groups, count, GROUP_BY_RECENT);
    ck_assert_str_eq(names(), "old grows young often");
    groups_sort(groups, count, GROUP_BY_GROWTH);
    ck_assert_str_eq(names(), "grows young old often");
    ck_assert_int_eq(group_growth(&groups[0]), 2);
    ck_assert_int_eq(group_growth(&groups[3]), -5);
    groups_sort(groups, count, GROUP_BY_FIRST);
    ck_assert_str_eq(names(), "young grows often old");
    end();
}
END_TEST

START_TEST(the_trend_covers_the_span_of_the_filter)
{
    static const struct {
        int64_t since, until, begin, end;
    } spans[] = {
        {0, 0, 100, 400},
        {50, 0, 50, 1000},
        {50, 600, 50, 600},
        {0, 600, 100, 600},
    };
    add("s", 400, 2, "/a", NULL, NULL);
    add("s", 100, 1, "/a", NULL, NULL);
    make();
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        const struct rows_filter filter = {.since_us = spans[i].since, .until_us = spans[i].until};
        const struct group_span span = group_span_of(&rows, &filter, 1000);
        ck_assert_int_eq(span.begin_us, spans[i].begin);
        ck_assert_int_eq(span.end_us, spans[i].end);
    }
    const struct group_span span = {1, 800};
    groups_set_trends(groups, count, &span);
    const uint64_t cells[GROUP_TREND_CELLS] = {1, 0, 0, 2};
    ck_assert_mem_eq(groups[0].trend, cells, sizeof cells);
    end();
}
END_TEST

START_TEST(hostile_times_have_a_cell)
{
    const struct group_span spans[] = {{INT64_MIN, INT64_MAX}, {INT64_MAX, INT64_MIN}, {5, 5}, {0, 0}};
    add("s", INT64_MIN, 1, "/a", NULL, NULL);
    add("s", INT64_MAX, 1, "/a", NULL, NULL);
    add("s", 5, 1, "/a", NULL, NULL);
    make();
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        uint64_t sum = 0;
        groups_set_trends(groups, count, &spans[i]);
        for (size_t k = 0; k < GROUP_TREND_CELLS; k++)
            sum += groups[0].trend[k];
        ck_assert_uint_eq(sum, 3);
    }
    end();
}
END_TEST

START_TEST(a_row_is_of_a_build_by_its_build_id_or_its_tags)
{
    json_t *row =
        json_pack("{s:s, s:{s:s, s:s}}", "build_id", "abcdef0123", "tags", "version", "1.9.0", "build", "77");
    ck_assert(group_build_is(row, "abcdef0123"));
    ck_assert(group_build_is(row, "abcd"));
    ck_assert(!group_build_is(row, "abc"));
    ck_assert(!group_build_is(row, "abcdef01234"));
    ck_assert(group_build_is(row, "1.9.0"));
    ck_assert(!group_build_is(row, "1.9"));
    ck_assert(group_build_is(row, "77"));
    json_decref(row);
    row = json_pack("{s:n, s:n}", "build_id", "tags");
    ck_assert(!group_build_is(row, "abcd"));
    json_decref(row);
}
END_TEST

static void add_releases(void)
{
    add("new", 1, 1, "/a", "bbbb1", "2");
    add("both", 2, 3, "/a", "bbbb1", "2");
    add("both", 3, 1, "/a", "aaaa1", "1");
    add("gone", 4, 1, "/a", "aaaa1", "1");
    add("of another program", 5, 1, "/b", "cccc1", "7");
    add("new, and once without a build", 6, 1, "/a", NULL, NULL);
    add("new, and once without a build", 7, 1, "/opt/a", "bbbb1", "2");
    add("unknown", 8, 1, "/a", NULL, NULL);
    make();
}

START_TEST(new_groups_have_no_other_build)
{
    add_releases();
    ck_assert_uint_eq(groups_count_build(groups, count, "2"), 5);
    ck_assert_uint_eq(groups_count_build(groups, count, "bbbb"), 5);
    ck_assert_uint_eq(groups_count_build(groups, count, "3"), 0);
    count = groups_keep_new(groups, count, "2");
    ck_assert_str_eq(names(), "new, and once without a build new");
    end();
}
END_TEST

START_TEST(gone_groups_are_of_the_same_program)
{
    add_releases();
    ck_assert_int_eq(groups_keep_gone(groups, count, "bbbb1", &count), 0);
    ck_assert_str_eq(names(), "gone");
    end();
    add_releases();
    ck_assert_int_eq(groups_keep_gone(groups, count, "none", &count), 0);
    ck_assert_uint_eq(count, 0);
    end();
}
END_TEST

START_TEST(the_builds_of_the_newest_events)
{
    const char *builds[GROUP_BUILDS_LABELS];
    add_releases();
    ck_assert_uint_eq(groups_newest_builds(&rows, builds), 3);
    ck_assert_str_eq(builds[0], "2");
    ck_assert_str_eq(builds[1], "7");
    ck_assert_str_eq(builds[2], "1");
    end();
    for (int i = 0; i < 9; i++) {
        char id[8];
        snprintf(id, sizeof id, "id%d", i);
        add("s", i, 1, "/a", id, NULL);
    }
    ck_assert_uint_eq(groups_newest_builds(&rows, builds), GROUP_BUILDS_LABELS);
    ck_assert_str_eq(builds[0], "id8");
    rows_clear(&rows);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, each_order_has_its_first_group);
    tcase_add_test(tests, the_trend_covers_the_span_of_the_filter);
    tcase_add_test(tests, hostile_times_have_a_cell);
    tcase_add_test(tests, a_row_is_of_a_build_by_its_build_id_or_its_tags);
    tcase_add_test(tests, new_groups_have_no_other_build);
    tcase_add_test(tests, gone_groups_are_of_the_same_program);
    tcase_add_test(tests, the_builds_of_the_newest_events);
}
