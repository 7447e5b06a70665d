/* SPDX-License-Identifier: MIT */
/* What the members of a group share against the other events of their program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows/shared_values.h"
#include "unit.h"

static struct rows rows;

/* count events of that signature, in one row; tags: JSON, or NULL for a line without. */
static void add(enum rows_state state, const char *exe, const char *signature, uint64_t count,
                const char *tags)
{
    rows.rows = reallocarray(rows.rows, rows.count + 1, sizeof *rows.rows);
    rows.rows[rows.count] = (struct rows_row){
        .state = state,
        .time_us = (int64_t)rows.count,
        .count = count,
        .json = json_pack("{s:s, s:s, s:s, s:o}", "exe", exe, "signature", signature, "hostname", "h", "tags",
                          tags ? json_loads(tags, 0, NULL) : json_null()),
    };
    rows.count++;
}

/* What the most frequent group shares: "rpc=join 1.00 0.50, ..." */
static const char *shared(void)
{
    static char text[1024];
    const struct rows_row **sorted;
    struct group *groups;
    struct shared_values values;
    size_t count, at = 0;

    ck_assert_int_eq(groups_make(&rows, NULL, &sorted, &groups, &count), 0);
    ck_assert_int_eq(shared_values_find(&rows, groups, 1, &values), 0);
    text[0] = '\0';
    for (size_t i = 0; i < values.count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s=%s %.2f %.2f", i ? ", " : "",
                               values.items[i].key, values.items[i].value, values.items[i].members,
                               values.items[i].others);
    free(groups);
    free(sorted);
    rows_clear(&rows);
    return text;
}

START_TEST(nearly_all_members_and_at_most_half_as_many_others)
{
    for (int i = 0; i < 20; i++)
        add(ROWS_PRESENT, "/bin/a", "s", 1,
            i < 18 ? "{\"rpc\":\"join\",\"region\":\"eu\",\"id\":\"x\"}"
                   : "{\"rpc\":\"part\",\"region\":\"eu\"}");
    for (int i = 0; i < 10; i++)
        add(ROWS_PRESENT, "/bin/a", i % 2 ? "t" : "u", 1,
            i < 4   ? "{\"rpc\":\"join\",\"region\":\"eu\"}"
            : i < 8 ? "{\"region\":\"eu\",\"id\":\"y\"}"
                    : "{}");
    ck_assert_str_eq(shared(), "id=x 0.90 0.00, rpc=join 0.90 0.40"); /* region=eu: 1.00 and 0.80 */
}
END_TEST

START_TEST(the_others_are_of_the_same_program)
{
    for (int i = 0; i < 3; i++)
        add(ROWS_PRESENT, "/bin/a", "s", 1, "{\"region\":\"eu\"}");
    add(ROWS_PRESENT, "/opt/a", "t", 1, "{\"region\":\"eu\"}");
    for (int i = 0; i < 2; i++)
        add(ROWS_PRESENT, "/bin/b", "u", 1, "{}");
    ck_assert_str_eq(shared(), "");
}
END_TEST

START_TEST(of_a_signature_of_several_programs_the_others_are_of_the_newest_ones)
{
    for (int i = 0; i < 10; i++) /* 4 of 10 others */
        add(ROWS_PRESENT, "/bin/a", "t", 1, i < 4 ? "{\"rpc\":\"join\"}" : "{}");
    for (int i = 0; i < 12; i++)
        add(ROWS_PRESENT, i % 2 ? "/bin/a" : "/bin/b", "s", 1, "{\"rpc\":\"join\"}");
    ck_assert_str_eq(shared(), "rpc=join 1.00 0.40");
}
END_TEST

START_TEST(without_others_or_with_few_members_there_is_nothing_to_compare)
{
    for (int i = 0; i < 5; i++)
        add(ROWS_PRESENT, "/bin/a", "s", 1, "{\"region\":\"eu\"}");
    ck_assert_str_eq(shared(), "");
    add(ROWS_PRESENT, "/bin/a", "s", 1, "{\"region\":\"eu\"}");
    add(ROWS_PRESENT, "/bin/a", "s", 1, "{\"region\":\"eu\"}");
    add(ROWS_PRESENT, "/bin/a", "t", 1, "{}");
    ck_assert_str_eq(shared(), "");
}
END_TEST

START_TEST(counted_faults_weigh_what_they_count_where_their_line_has_tags)
{
    add(ROWS_PRESENT, "/bin/a", "s", 1, "{\"k\":\"no\"}");
    add(ROWS_COUNTED, "/bin/a", "s", 19, "{\"k\":\"v\"}");
    add(ROWS_COUNTED, "/bin/a", "s", 500, NULL);
    add(ROWS_PRESENT, "/bin/a", "t", 1, "{}");
    ck_assert_str_eq(shared(), "k=v 0.95 0.00");
}
END_TEST

START_TEST(the_rarest_eight_are_kept)
{
    char tags[512] = "{", one[32];
    for (int i = 0; i < 12; i++) {
        snprintf(one, sizeof one, "%s\"k%02d\":\"v\"", i ? "," : "", i);
        strcat(tags, one);
    }
    strcat(tags, "}");
    for (int i = 0; i < 3; i++)
        add(ROWS_FOREIGN, "/bin/a", "s", 1, tags);
    add(ROWS_PRESENT, "/bin/a", "t", 1, "{\"k00\":\"v\"}");
    add(ROWS_PRESENT, "/bin/a", "u", 1, "{}");
    const char *text = shared();
    size_t commas = 0;
    for (const char *at = text; *at; at++)
        commas += *at == ',';
    ck_assert_uint_eq(commas, SHARED_VALUES_MAX - 1);
    ck_assert_ptr_null(strstr(text, "k00"));
}
END_TEST

START_TEST(hostile_names_stay_within_their_limits)
{
    char *value = malloc(5000), *tags = NULL;
    memset(value, 'v', 4999);
    value[4999] = '\0';
    ck_assert_int_gt(asprintf(&tags, "{\"long\":\"%s\",\"a=b\":\"c\",\"a\":\"b=c\",\"\":\"e\"}", value), 0);
    for (int i = 0; i < 3; i++)
        add(ROWS_PRESENT, "/bin/4:x", "s", 1, tags);
    add(ROWS_PRESENT, "/bin/4:x", "t", 1, "{\"a=b\":\"c\"}");
    ck_assert_str_eq(shared(), "a=b=c 1.00 0.00, =e 1.00 0.00");
    free(tags);
    free(value);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, nearly_all_members_and_at_most_half_as_many_others);
    tcase_add_test(tests, the_others_are_of_the_same_program);
    tcase_add_test(tests, of_a_signature_of_several_programs_the_others_are_of_the_newest_ones);
    tcase_add_test(tests, without_others_or_with_few_members_there_is_nothing_to_compare);
    tcase_add_test(tests, counted_faults_weigh_what_they_count_where_their_line_has_tags);
    tcase_add_test(tests, the_rarest_eight_are_kept);
    tcase_add_test(tests, hostile_names_stay_within_their_limits);
}
