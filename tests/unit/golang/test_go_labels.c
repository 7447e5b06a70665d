/* SPDX-License-Identifier: MIT */
/* The labels of a goroutine: each form that a version prints, escapes, and damage. */
#include <string.h>

#include "go_labels.h"
#include "go_line.h"
#include "unit.h"

/* All labels of the text, as 'key=value;'. */
static const char *all(const char *text)
{
    static char found[4096];
    struct go_label label;
    struct go_labels labels = go_labels_begin(text, strlen(text));
    found[0] = '\0';
    while (go_labels_next(&labels, &label)) {
        strcat(found, label.key);
        strcat(found, "=");
        strcat(found, label.value);
        strcat(found, ";");
    }
    return found;
}

START_TEST(the_forms)
{
    static const char head[] = "goroutine 8 [chan receive, 5 minutes] {match: \"4f2c\", tick: \"77\"}:";
    struct go_line_goroutine goroutine;
    ck_assert_str_eq(all("{pattern: \"GET /panic\"}"), "pattern=GET /panic;");
    ck_assert_str_eq(all("labels:{\"match\": \"4f2c\", \"user id\": \"7\"}"), "match=4f2c;user id=7;");
    ck_assert_str_eq(all("{match:4f2c,tick: 77}"), "match=4f2c;tick=77;");
    ck_assert_str_eq(all("{}"), "");
    ck_assert_str_eq(all(""), "");
    struct go_labels none = go_labels_begin(NULL, 0);
    struct go_label label;
    ck_assert(!go_labels_next(&none, &label));
    ck_assert(go_line_goroutine(head, sizeof head - 1, &goroutine));
    struct go_labels labels = go_labels_begin(goroutine.labels, goroutine.labels_size);
    ck_assert(go_labels_next(&labels, &label));
    ck_assert_str_eq(label.value, "4f2c");
    ck_assert(go_labels_next(&labels, &label));
    ck_assert_str_eq(label.key, "tick");
    ck_assert(!go_labels_next(&labels, &label));
}
END_TEST

START_TEST(escapes)
{
    ck_assert_str_eq(all("{\"a\\\"b\\\\\": \"1\\n2\\r3\\t4\"}"), "a\"b\\=1\n2\r3\t4;");
    ck_assert_str_eq(all("{a: \"}, \\\"x\\\": {\"}"), "a=}, \"x\": {;");
    ck_assert_str_eq(all("{a: \"\\x1b[31m\\u00e9\\u20ac\\U0001f600\"}"),
                     "a=\x1b[31m\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;");
    ck_assert_str_eq(all("{a: \"\\xff\\ud800\\Uffffffff\"}"), "a=\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd;");
    ck_assert_str_eq(all("{a: \"x\\x00y\"}"), "a=xy;");
}
END_TEST

START_TEST(damage)
{
    static const char *const texts[] = {"{",         "{a",        "{a:",           "{a: \"1",
                                        "{a: \"1\"", "{a: \"1\\", "{a: \"\\u1\"}", "{a: \"\\q\"}",
                                        "{: \"1\"}", "{a \"1\"}", "{a: \"1\" x}",  "{\"a: 1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_str_eq(all(texts[i]), "");
    ck_assert_str_eq(all("{a: 1, b: \"2"), "a=1;"); /* what was whole stays */
}
END_TEST

START_TEST(long_ones_are_cut_between_characters)
{
    char text[2000] = "{a: \"";
    for (size_t i = 0; i < 300; i++)
        strcat(text, i % 2 ? "\xc3\xa9" : "\\u00e9");
    strcat(text, "\", b: 2}");
    struct go_labels labels = go_labels_begin(text, strlen(text));
    struct go_label label;
    ck_assert(go_labels_next(&labels, &label));
    ck_assert_uint_eq(strlen(label.value), GO_LABEL_VALUE_BYTES - 2);
    ck_assert_str_eq(label.value + GO_LABEL_VALUE_BYTES - 4, "\xc3\xa9");
    ck_assert(go_labels_next(&labels, &label));
    ck_assert_str_eq(label.value, "2");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_forms);
    tcase_add_test(tests, escapes);
    tcase_add_test(tests, damage);
    tcase_add_test(tests, long_ones_are_cut_between_characters);
}
