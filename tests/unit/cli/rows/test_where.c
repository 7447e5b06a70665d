/* SPDX-License-Identifier: MIT */
/* Keys and conditions on rows as the files have them, of any type. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rows/group_id.h"
#include "rows/row_sides.h"
#include "rows/where.h"
#include "unit.h"

static json_t *row_of(const char *text)
{
    json_t *from = json_loads(text, 0, NULL), *row = json_object();
    ck_assert_ptr_nonnull(from);
    json_object_set(row, "signature", json_object_get(from, "signature"));
    json_object_set(row, "exe", json_object_get(from, "exe"));
    ck_assert_int_eq(row_sides_set(row, from), 0);
    json_decref(from);
    return row;
}

static const char client[] =
    "{\"exe\":\"/opt/client\",\"signature\":\"SIGSEGV | f | g::h\",\"host\":\"phone\",\"build\":\"1.2\","
    "\"tags\":{\"match_id\":42,\"vip\":true,\"exe\":\"tag\",\"list\":[1],\"ratio\":0.5,\"version\":\"1.3.7\",\"\":\"empty\"}}";

static const struct {
    const char *condition;
    int error; /* of where_read */
    bool holds;
} conditions[] = {
    {"match_id=42", 0, true},
    {"match_id=4*", 0, true},
    {"match_id=43", 0, false},
    {"vip=true", 0, true},
    {"ratio=0.5", 0, true},
    {"list=*", 0, false},
    {"exe=client", 0, true},
    {"exe=/opt/*", 0, true},
    {"tag:exe=tag", 0, true},
    {"exe=tag", 0, false},
    {"host=phone", 0, true},
    {"build=1.?", 0, true},
    {"build=1.3*", 0, true}, /* the tag 'version' */
    {"build=1.4", 0, false},
    {"function=f", 0, true},
    {"function=g::*", 0, true},
    {"function=SIGSEGV", 0, false},
    {"signature=*g::h", 0, true},
    {"signature=f", 0, false},
    {"tag:=*", 0, false}, /* the tag's name is 'tag:' */
    {"a=b=c", 0, false},
    {"group=g*", 0, true},
    {"group=g1", 0, false},
    {"match_id", -EINVAL, false},
    {"=42", -EINVAL, false},
    {"", -EINVAL, false},
    {"a123456789012345678901234567890123456789012345678901234567890123=1", -EINVAL, false},
};

START_TEST(a_condition_compares_a_value_with_a_glob)
{
    struct where where = {0};
    json_t *row = row_of(client), *empty = row_of("{\"tags\":[],\"host\":7,\"signature\":3}");
    ck_assert_int_eq(where_read(conditions[_i].condition, &where), conditions[_i].error);
    if (!conditions[_i].error) {
        ck_assert_int_eq(where_holds(&where, row), conditions[_i].holds);
        ck_assert(!where_holds(&where, empty));
    }
    json_decref(row);
    json_decref(empty);
}
END_TEST

START_TEST(all_conditions_must_hold_and_their_number_is_limited)
{
    struct where where = {0};
    json_t *row = row_of(client);
    ck_assert(where_holds(&where, row));
    for (size_t i = 0; i < WHERE_MAX; i++) {
        ck_assert_int_eq(where_read(i == WHERE_MAX - 1 ? "match_id=1" : "match_id=42", &where), 0);
        ck_assert_int_eq(where_holds(&where, row), i < WHERE_MAX - 1);
    }
    ck_assert_int_eq(where_read("match_id=42", &where), -EINVAL);
    json_decref(row);
}
END_TEST

START_TEST(a_group_is_called_by_its_signature_else_by_its_title)
{
    char of_signature[GROUP_ID_BYTES], of_title[GROUP_ID_BYTES];
    json_t *row = json_pack("{s:s, s:s}", "signature", "SIGSEGV | f", "title", "t");
    group_id("SIGSEGV | f", of_signature);
    group_id("t", of_title);
    ck_assert_str_eq(of_signature, "g04cb896"); /* people keep them: they never change */
    ck_assert_str_ne(of_signature, of_title);
    ck_assert_int_eq(row_sides_set(row, row), 0);
    ck_assert_str_eq(json_string_value(json_object_get(row, "group")), of_signature);
    json_object_set_new(row, "signature", json_null());
    ck_assert_int_eq(row_sides_set(row, row), 0);
    ck_assert_str_eq(json_string_value(json_object_get(row, "group")), of_title);
    json_object_set_new(row, "title", json_integer(1));
    ck_assert_int_eq(row_sides_set(row, row), 0);
    ck_assert(json_is_null(json_object_get(row, "group")));
    ck_assert(group_id_is(of_title) && group_id_is("g123") && !group_id_is("g12") &&
              !group_id_is("g123456Z") && !group_id_is("last") && !group_id_is("g12345678"));
    json_decref(row);
}
END_TEST

START_TEST(a_row_has_so_many_tags_at_most)
{
    json_t *from = json_object(), *tags = json_object(), *row = json_object();
    char name[16];
    for (int i = 0; i < 2 * ROW_SIDES_TAGS_MAX; i++) {
        snprintf(name, sizeof name, "t%d", i);
        json_object_set_new(tags, name, json_integer(i));
    }
    json_object_set_new(from, "tags", tags);
    ck_assert_int_eq(row_sides_set(row, from), 0);
    ck_assert_uint_eq(json_object_size(json_object_get(row, "tags")), ROW_SIDES_TAGS_MAX);
    ck_assert_int_eq(row_sides_set(NULL, from), -ENOMEM);
    json_decref(from);
    json_decref(row);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, a_condition_compares_a_value_with_a_glob, 0,
                        sizeof conditions / sizeof conditions[0]);
    tcase_add_test(tests, all_conditions_must_hold_and_their_number_is_limited);
    tcase_add_test(tests, a_group_is_called_by_its_signature_else_by_its_title);
    tcase_add_test(tests, a_row_has_so_many_tags_at_most);
}
