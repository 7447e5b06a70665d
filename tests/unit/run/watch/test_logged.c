/* SPDX-License-Identifier: MIT */
/* Unit tests of how a guard finds logged errors in a stream, however it is cut, and hands them over without a wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "watch/logged.h"

#define PANIC                                                                                                \
    "x http: panic serving 1.2.3.4:5: boom\nsecond line\ngoroutine 7 [running]:\n"                           \
    "main.f({0x1, 0x2})\n\t/src/main.go:4 +0x1d\ncreated by main.main\n\t/src/main.go:9 +0x1d\n"
#define STOPPED "{\"level\":\"warn\",\"msg\":\"Stopping match after error from match_loop execution\"}\n"

static int ends[2];
static char texts[8][LOGGED_BYTES + 1];

static void begin(void)
{
    ck_assert_int_eq(logged_open(ends), 0);
    logged_begin(ends[1], 2);
}

/* Puts the parts together. Returns how many texts there are. */
static int receive(bool *ret_is_last)
{
    static struct logged_message message;
    int count = 0;
    for (ssize_t got; (got = recv(ends[0], &message, sizeof message, MSG_DONTWAIT)) > 0;) {
        ck_assert_int_ge(got, (ssize_t)sizeof message.head);
        ck_assert_int_eq(message.head.stream, 2);
        size_t bytes = (size_t)got - sizeof message.head;
        if (message.head.is_first)
            texts[count++][0] = '\0';
        ck_assert_int_gt(count, 0);
        strncat(texts[count - 1], message.bytes, bytes);
        *ret_is_last = message.head.is_last;
    }
    return count;
}

static void feed(const char *text)
{
    logged_feed(text, strlen(text));
}

START_TEST(a_panic_with_its_stack_is_one_text_wherever_the_stream_is_cut)
{
    static const char stream[] = "start\n" PANIC "next line\n" STOPPED "{\"level\":\"info\",\"msg\":\"x\"}\n";
    begin();
    const size_t size = sizeof stream - 1;
    for (size_t cut = 0; cut < size; cut++) {
        bool is_last = false;
        logged_feed(stream, cut);
        logged_feed(stream + cut, size - cut);
        ck_assert_int_eq(receive(&is_last), 2);
        ck_assert(is_last);
        ck_assert_str_eq(texts[0], PANIC);
        ck_assert_str_eq(texts[1], STOPPED);
    }
    for (size_t at = 0; at < size; at++)
        logged_feed(stream + at, 1);
    bool is_last;
    ck_assert_int_eq(receive(&is_last), 2);
    ck_assert_str_eq(texts[0], PANIC);
}
END_TEST

START_TEST(what_follows_without_a_stack_is_given_up)
{
    bool is_last = true;
    begin();
    feed("panic serving a=1: boom\n");
    ck_assert_int_eq(receive(&is_last), 1);
    ck_assert(!is_last); /* the stack may be to come */
    for (int i = 0; i < 8; i++)
        feed("another line\n");
    feed("one too many\n");
    static struct logged_message message;
    for (int i = 0; i < 8; i++)
        ck_assert_int_gt(recv(ends[0], &message, sizeof message, MSG_DONTWAIT), (ssize_t)sizeof message.head);
    ck_assert_int_eq(recv(ends[0], &message, sizeof message, MSG_DONTWAIT), (ssize_t)sizeof message.head);
    ck_assert(message.head.is_last);
    ck_assert_int_lt(recv(ends[0], &message, sizeof message, MSG_DONTWAIT), 0);
    feed("panic serving a=1: boom\n" STOPPED);
    ck_assert_int_eq(receive(&is_last), 2);
    ck_assert_str_eq(texts[1], STOPPED);
}
END_TEST

START_TEST(quiet_lines_send_nothing)
{
    bool is_last;
    begin();
    feed(
        "a\n\n{\"level\":\"error\",\"msg\":\"Error authenticating.\"}\ngoroutine 1 [running]:\nmain.f()\npanic: boom\n");
    feed("no end of the line");
    ck_assert_int_eq(receive(&is_last), 0);
    logged_begin(-1, 1);
    feed(PANIC);
    ck_assert_int_eq(receive(&is_last), 0);
}
END_TEST

/* A line of any length: what is beyond is cut, and the next line is a line again. */
START_TEST(a_long_line)
{
    bool is_last;
    const size_t size = 3 * LOGGED_BYTES;
    char *line = malloc(size + 1);
    begin();
    memset(line, 'x', size);
    line[size] = '\0';
    memcpy(line, "panic serving a=1: ", 19);
    feed(line);
    feed("\n" STOPPED);
    ck_assert_int_eq(receive(&is_last), 2);
    ck_assert_uint_le(strlen(texts[0]), LOGGED_BYTES);
    ck_assert_uint_ge(strlen(texts[0]), LOGGED_BYTES - 2);
    ck_assert_str_eq(texts[1], STOPPED);
    memcpy(line, "another beginning! ", 19);
    feed(line);
    feed("panic serving a=1: boom\n");
    ck_assert_int_eq(receive(&is_last), 0);
    feed(STOPPED);
    ck_assert_int_eq(receive(&is_last), 1);
    free(line);
}
END_TEST

START_TEST(nobody_who_receives)
{
    bool is_last;
    int sent = 20000, got = 0;
    begin();
    for (int i = 0; i < sent; i++)
        feed(STOPPED);
    for (ssize_t n; (n = recv(ends[0], texts[0], sizeof texts[0], MSG_DONTWAIT)) > 0;)
        got++;
    ck_assert_int_gt(got, 0);
    ck_assert_int_lt(got, sent);
    feed(STOPPED);
    ck_assert_int_eq(receive(&is_last), 1);
    ck_assert_uint_eq(logged_missed(), (uint32_t)(sent - got)); /* they are counted */
    (void)close(ends[0]);
    feed(STOPPED);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_panic_with_its_stack_is_one_text_wherever_the_stream_is_cut);
    tcase_add_test(tests, what_follows_without_a_stack_is_given_up);
    tcase_add_test(tests, quiet_lines_send_nothing);
    tcase_add_test(tests, a_long_line);
    tcase_add_test(tests, nobody_who_receives);
}
