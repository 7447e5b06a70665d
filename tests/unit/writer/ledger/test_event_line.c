/* SPDX-License-Identifier: MIT */
/* Unit tests of how a line of crashes.ndjson is taken apart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "base/when.h"
#include "ledger/event_line.h"
#include "unit.h"

static char scratch[1 << 16];

static bool parse(const char *text, struct event_line *line)
{
    return event_line_parse(text, strlen(text), scratch, line) == 0;
}

START_TEST(a_line_is_taken_apart)
{
    struct event_line line;
    ck_assert(parse(
        "{\"event\":\"contained\",\"exe\":\"/a \\\"b\\\\c\\u0009\\u20ac\",\"pid\":7,\"x\":{\"a\":[1,\"}\"]},"
        "\"time\":\"2026-11-20T18:56:07.123456Z\",\"path\":null,\"suppressed\":true,\"count\":3}",
        &line));
    ck_assert(span_is(line.event, "contained"));
    ck_assert(span_is(line.exe, "/a \"b\\c\t\xe2\x82\xac"));
    ck_assert_int_eq(line.pid, 7);
    ck_assert_int_eq(line.time_us, INT64_C(1795200967123456));
    ck_assert_ptr_null(line.path.bytes);
    ck_assert_uint_eq(line.count, 3);
    ck_assert(line.is_suppressed);
    ck_assert(!line.has_bundle);
}
END_TEST

START_TEST(escapes_beyond_the_basic_plane_are_pairs)
{
    struct event_line line;
    ck_assert(
        parse("{\"event\":\"crash\",\"exe\":\"\\udb40\\udc41 \\udb40 \\udc41 \\udb40\\u202e\"}", &line));
    ck_assert(span_is(line.exe, "\xf3\xa0\x81\x81 \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd\xe2\x80\xae"));
}
END_TEST

static const char *const damaged[] = {
    "",
    "{",
    "{}",
    "{\"event\":\"crash\"",
    "{\"event\":\"crash\",}",
    "{\"event\":\"cra",
    "{\"event\":\"crash\"}x",
    "{\"event\":\"crash\",\"exe\":\"\\u12\"}",
    "{\"event\":\"crash\",\"exe\":\"\\q\"}",
    "{\"event\":\"crash\",\"exe\":}",
    "[1]",
    "{\"event\":null}",
    "{\"exe\":\"x\"}",
};

START_TEST(a_damaged_line_is_refused)
{
    struct event_line line;
    ck_assert(!parse(damaged[_i], &line));
}
END_TEST

START_TEST(any_prefix_of_a_line_is_refused)
{
    static const char whole[] =
        "{\"event\":\"crash\",\"exe\":\"a\\n\",\"pid\":12,\"x\":[{\"y\":\"\\\"\"}],\"z\":true}";
    struct event_line line;
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        char *copy = malloc(size + 1), *room = malloc(size + 1); /* the sanitizer watches their ends */
        memcpy(copy, whole, size);
        ck_assert_int_eq(event_line_parse(copy, size, room, &line), -EBADMSG);
        free(copy);
        free(room);
    }
    ck_assert(parse(whole, &line));
}
END_TEST

START_TEST(times_are_read_and_written)
{
    static const char *const times[] = {"1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z",
                                        "2026-11-20T18:56:07.123456Z", "2100-03-01T00:00:00.000001Z"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[40];
        date_format((uint64_t)when_parse((struct span){times[i], strlen(times[i])}), text);
        ck_assert_str_eq(text, times[i]);
    }
    ck_assert_int_eq(when_parse((struct span){"yesterday at about four", 23}), -1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_line_is_taken_apart);
    tcase_add_test(tests, escapes_beyond_the_basic_plane_are_pairs);
    tcase_add_loop_test(tests, a_damaged_line_is_refused, 0, sizeof damaged / sizeof damaged[0]);
    tcase_add_test(tests, any_prefix_of_a_line_is_refused);
    tcase_add_test(tests, times_are_read_and_written);
}
