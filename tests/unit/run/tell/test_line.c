/* SPDX-License-Identifier: MIT */
/* Members of event lines, and the message that Kubernetes shows; lines may be damaged or hostile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell/line.h"
#include "tell/termination.h"
#include "unit.h"

static char value[256];

static struct line of(const char *text)
{
    return (struct line){text, strlen(text)};
}

static const char *string(const char *text, const char *member)
{
    struct line line = of(text);
    return line_string(&line, member, value, sizeof value) ? value : NULL;
}

START_TEST(strings_are_unescaped_and_cleaned)
{
    ck_assert_str_eq(string("{\"a\":\"x\",\"b\":\"y\"}", "b"), "y");
    ck_assert_str_eq(string("{\"a\":\"\\\"q\\\\ \\u00e4\\u20ac/\"}", "a"), "\"q\\ \xc3\xa4\xe2\x82\xac/");
    ck_assert_str_eq(string("{\"a\":\"x\\u001b[2J\\ny\"}", "a"), "x?[2J?y");
    ck_assert_str_eq(string("{\"a\":\"x\\u202ey\"}", "a"), "x???y");
    ck_assert_str_eq(string("{\"a\":\"x\\ud83d\\ude00y\"}", "a"), "x??????y");
    ck_assert_ptr_null(string("{\"a\":null}", "a"));
    ck_assert_ptr_null(string("{\"a\":7}", "a"));
    ck_assert_ptr_null(string("{}", "a"));
}
END_TEST

START_TEST(what_is_too_long_is_cut_and_a_torn_character_is_marked)
{
    struct line line = of("{\"a\":\"xx\xe2\x82\xac\"}");
    char small[5];
    ck_assert(line_string(&line, "a", small, sizeof small));
    ck_assert_str_eq(small, "xx??");
}
END_TEST

START_TEST(numbers_and_elements)
{
    struct line line = of("{\"pid\":4711,\"stack\":[\"#0 f\",\"#1 g\"],\"none\":[],\"text\":\"x\"}");
    ck_assert_int_eq(line_number(&line, "pid"), 4711);
    ck_assert_int_eq(line_number(&line, "text"), -1);
    ck_assert_int_eq(line_number(&line, "gone"), -1);
    ck_assert(line_element(&line, "stack", 1, value, sizeof value));
    ck_assert_str_eq(value, "#1 g");
    ck_assert(!line_element(&line, "stack", 2, value, sizeof value));
    ck_assert(!line_element(&line, "none", 0, value, sizeof value));
    ck_assert(!line_element(&line, "text", 0, value, sizeof value));
}
END_TEST

/* Each cut of a line: no byte behind it is read (AddressSanitizer watches). */
START_TEST(torn_lines_are_read_to_their_end_only)
{
    static const char whole[] =
        "{\"event\":\"crash\",\"title\":\"a\\u0041\\\"b\",\"stack\":[\"x\",\"y\"],\"pid\":12}";
    for (size_t size = 0; size < sizeof whole; size++) {
        char *copy = malloc(size);
        memcpy(copy, whole, size);
        struct line line = {copy, size};
        (void)line_string(&line, "title", value, sizeof value);
        (void)line_element(&line, "stack", 1, value, sizeof value);
        (void)line_number(&line, "pid");
        free(copy);
    }
}
END_TEST

START_TEST(the_message_has_title_frames_and_bundle)
{
    static char text[TERMINATION_BYTES];
    struct line line = of(
        "{\"event\":\"crash\",\"signature\":\"SIGSEGV | f | g\",\"title\":\"SIGSEGV in f: read of 0x0\","
        "\"time\":\"2026-11-29T12:00:00.000000Z\",\"path\":\"N.tar.zst\",\"stack\":[\"#0 f+0x1 (server)\",\"#1 g+0x2 (server)\"]}");
    int n = termination_text(&line, "restarts: 3", "/var/crash/crumple/0", text);
    ck_assert_int_eq(n, (int)strlen(text));
    ck_assert_str_eq(text, "SIGSEGV in f: read of 0x0\n"
                           "restarts: 3\n"
                           "  #0 f+0x1 (server)\n"
                           "  #1 g+0x2 (server)\n"
                           "bundle: /var/crash/crumple/0/N.tar.zst\n"
                           "signature: SIGSEGV | f | g\n"
                           "time: 2026-11-29T12:00:00.000000Z\n");
}
END_TEST

START_TEST(the_message_never_has_more_than_kubelet_reads)
{
    static char text[TERMINATION_BYTES], json[20000];
    int used = sprintf(json, "{\"title\":\"t\",\"stack\":[");
    for (int i = 0; i < 8; i++) {
        used += sprintf(json + used, "%s\"", i ? "," : "");
        memset(json + used, 'a' + i, 900);
        used += 900;
        used += sprintf(json + used, "\"");
    }
    sprintf(json + used, "],\"path\":\"N.tar.zst\"}");
    struct line line = of(json);
    int n = termination_text(&line, "", "/d", text);
    ck_assert_int_lt(n, TERMINATION_BYTES);
    ck_assert_int_eq(text[n - 1], '\n');
    ck_assert_ptr_nonnull(strstr(text, "bundle: /d/N.tar.zst"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, strings_are_unescaped_and_cleaned);
    tcase_add_test(tests, what_is_too_long_is_cut_and_a_torn_character_is_marked);
    tcase_add_test(tests, numbers_and_elements);
    tcase_add_test(tests, torn_lines_are_read_to_their_end_only);
    tcase_add_test(tests, the_message_has_title_frames_and_bundle);
    tcase_add_test(tests, the_message_never_has_more_than_kubelet_reads);
}
