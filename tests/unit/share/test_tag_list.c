/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "tag_list.h"
#include "unit.h"

/* "NAME=VALUE;" for each entry, with a '!' before a secret. */
static const char *all_of(const char *text)
{
    static char out[4096];
    struct tag_entry e;
    size_t n = 0;
    out[0] = '\0';
    while (tag_list_next(&text, &e))
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s=%.*s;", e.is_secret ? "!" : "",
                              (int)e.name_size, e.name, (int)e.value_size, e.value);
    return out;
}

START_TEST(entries_are_read_in_order)
{
    ck_assert_str_eq(all_of("build=1.42,region=eu,side=server"), "build=1.42;region=eu;side=server;");
    ck_assert_str_eq(all_of(" build = 1"), "");
    ck_assert_str_eq(all_of(" build=1 , url=http://a/?b=c "), "build=1;url=http://a/?b=c;");
    ck_assert_str_eq(all_of("a=,b"), "a=;");
    ck_assert_str_eq(all_of(""), "");
}
END_TEST

START_TEST(secrets_are_known_by_mark_and_by_name)
{
    ck_assert_str_eq(all_of("!who=me,db_password=x,token_ttl=5,API-KEY=y"),
                     "!who=me;!db_password=x;token_ttl=5;!API-KEY=y;");
}
END_TEST

START_TEST(a_password_in_an_address_is_a_secret)
{
    ck_assert_str_eq(
        all_of(
            "db=redis://u:X@h/0,web=http://h:80/a@b,git=git@h:x,at=10:20@h,two=see http://a/ redis://:X@h"),
        "!db=redis://u:X@h/0;web=http://h:80/a@b;git=git@h:x;at=10:20@h;!two=see http://a/ redis://:X@h;");
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    char text[512];
    ck_assert_ptr_null(tag_list_problem("a=1,!b=2,"));
    ck_assert_ptr_null(tag_list_problem(""));
    ck_assert_ptr_nonnull(tag_list_problem("a"));
    ck_assert_ptr_nonnull(tag_list_problem("a=1,,b=2"));
    ck_assert_ptr_nonnull(tag_list_problem("=1"));
    ck_assert_ptr_nonnull(tag_list_problem("a b=1"));
    ck_assert_ptr_nonnull(tag_list_problem("!!a=1"));
    snprintf(text, sizeof text, "%064d=1", 0);
    ck_assert_ptr_nonnull(tag_list_problem(text));
    snprintf(text, sizeof text, "a=%0256d", 0);
    ck_assert_ptr_nonnull(tag_list_problem(text));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, entries_are_read_in_order);
    tcase_add_test(tests, secrets_are_known_by_mark_and_by_name);
    tcase_add_test(tests, a_password_in_an_address_is_a_secret);
    tcase_add_test(tests, what_is_wrong_is_told);
}
