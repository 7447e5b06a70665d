/* SPDX-License-Identifier: MIT */
/* Unit tests of which log lines tell of an error that a server survived. */
#include <string.h>

#include "log_line.h"
#include "unit.h"

static char scratch[1 << 16];

static struct log_line read_line(const char *text)
{
    struct log_line line;
    log_line_read(text, strlen(text), scratch, &line);
    return line;
}

#define ZAP(level, rest)                                                                                     \
    "{\"level\":\"" level "\",\"ts\":\"2026-11-29T15:00:00.000Z\",\"caller\":\"server/x.go:1\"," rest "}"

static const char *const telling[] = {
    /* Nakama's own words, as its sources have them */
    ZAP("warn",
        "\"msg\":\"Stopping match after error from match_loop execution\",\"mid\":\"a\",\"tick\":7,\"error\":\"x\""),
    ZAP("warn", "\"msg\":\"Stopping match after error from match_join_attempt execution\",\"mid\":\"a\""),
    ZAP("warn", "\"msg\":\"Match handler call processing too slow, closing match\",\"mid\":\"a\""),
    ZAP("error", "\"msg\":\"Runtime RPC function caused an error\",\"id\":\"f\",\"error\":\"x\""),
    ZAP("error", "\"msg\":\"Runtime Before function caused an error.\",\"id\":\"f\""),
    ZAP("error", "\"msg\":\"JavaScript runtime After function caused an error.\",\"id\":\"f\""),
    ZAP("error", "\"msg\":\"JavaScript runtime function raised an uncaught exception\",\"mode\":\"rpc\""),
    ZAP("error", "\"msg\":\"JavaScript runtime error\",\"mode\":\"match\""),
    ZAP("error", "\"msg\":\"Could not complete runtime invocation\""),
    ZAP("warn", "\"msg\":\"Lua runtime function returned invalid data\""),
    ZAP("error", "\"msg\":\"Error running runtime Shutdown hook: x\""),
    ZAP("error", "\"msg\":\"Error running Matchmaker Matched hook.\""),
    ZAP("error", "\"msg\":\"Error invoking custom Storage Index Filter function\""),
    ZAP("warn", "\"msg\":\"Failed to invoke tournament end callback\""),
    ZAP("error", "\"msg\":\"http: panic serving 10.0.0.1:80: boom\\ngoroutine 7 [running]:\\n\""),
    ZAP("info",
        "\"msg\":\"http: panic serving [::1]:80: boom\\ngoroutine 7 [running]:\\n\""), /* before 3.11 */
    /* logger.format: stackdriver */
    "{\"severity\":\"WARNING\",\"time\":\"t\",\"message\":\"Stopping match after error from match_signal execution\"}",
    "{\"severity\":\"ERROR\",\"time\":\"t\",\"message\":\"Runtime After function caused an error.\"}\r",
    /* a cut line */
    "{\"level\":\"error\",\"msg\":\"http: panic serving 10.0.0.1:80: boom\\ngoroutine 7 [runn",
    /* text */
    "2026/11/29 15:00:00 http: panic serving 127.0.0.1:51394: runtime error: index out of range [5] with length 3",
    "2026/11/29 15:00:00 http2: panic serving 127.0.0.1:51394: boom",
    "panic serving match=4f2c tick=77: runtime error: integer divide by zero",
    "[Recovery] 2026/11/29 - 15:00:00 panic recovered:",
    "[PANIC RECOVER] runtime error: nil map goroutine 34 [running]:",
    "{\"time\":\"t\",\"level\":\"ERROR\",\"msg\":\"panic serving request\",\"panic\":\"boom\",\"path\":\"/x\"}", /* slog */
    "level=error msg=\"Recovered from panic: boom\"",
};

START_TEST(a_line_that_tells_is_found)
{
    struct log_line line = read_line(telling[_i]);
    ck_assert_msg(log_line_tells(&line), "%s", telling[_i]);
    ck_assert_msg(log_line_begins_as_error(telling[_i], strlen(telling[_i])) ||
                      log_line_has_panic(telling[_i], strlen(telling[_i])),
                  "%s", telling[_i]);
}
END_TEST

static const char *const quiet[] = {
    "",
    "{",
    "{}",
    "\"panic serving \"",
    "panic serving",
    "panic serving nobody",
    "panic: boom", /* an end: the dump tells */
    "goroutine 1 [running]:",
    ZAP("fatal", "\"msg\":\"Error invoking custom Storage Index Filter function\""), /* the end tells */
    ZAP("info", "\"msg\":\"Stopping match after error from match_loop execution\""),
    ZAP("warn", "\"msg\":\"Stopping idle empty match\",\"mid\":\"a\""),
    ZAP("error", "\"msg\":\"Error authenticating.\",\"error\":\"x\""),
    ZAP("fatal", "\"msg\":\"panic serving match=4f2c: boom\""),
    ZAP("info", "\"msg\":\"Panic recovery interceptor enabled\""),
    ZAP("debug", "\"msg\":\"recovered from panic: boom\""),
    ZAP("info", "\"msg\":\"chat of bob: panic serving tea: hot\""),
    "2026/11/29 15:00:00 panic recovery middleware installed",
    /* what a player writes is no message of the server's */
    ZAP("info", "\"msg\":\"chat\",\"text\":\"http: panic serving 1.2.3.4:5: boom\""),
    ZAP("warn", "\"msg\":\"chat\",\"text\":\"Stopping match after error from x\""),
};

START_TEST(another_line_is_not)
{
    struct log_line line = read_line(quiet[_i]);
    ck_assert_msg(!log_line_tells(&line), "%s", quiet[_i]);
}
END_TEST

START_TEST(a_line_is_taken_apart)
{
    struct log_line line =
        read_line(ZAP("warn", "\"msg\":\"a \\\"b\\\"\",\"mid\":\"m\",\"error\":\"e\",\"msg\":\"second\""));
    ck_assert(line.is_json && line.is_error);
    ck_assert(span_is(line.message, "a \"b\""));
    ck_assert(span_is(line.error, "e"));
    ck_assert(span_is(line.level, "warn"));
    ck_assert(span_is(line.caller, "server/x.go:1"));
    ck_assert(span_is(line.time, "2026-11-29T15:00:00.000Z"));
    line = read_line("{\"level\":3,\"msg\":[1],\"x\":{\"msg\":\"y\"}}");
    ck_assert(!line.is_json);
}
END_TEST

static struct log_line_panic panic_of(const char *text)
{
    struct log_line_panic panic;
    log_line_panic((struct span){text, strlen(text)}, &panic);
    return panic;
}

START_TEST(a_panic_has_words_and_a_message_and_a_stack)
{
    struct log_line_panic panic =
        panic_of("http: panic serving [::1]:80: two\nlines\ngoroutine 7 [running]:\nmain.f()\n");
    ck_assert(panic.is_http);
    ck_assert(span_is(panic.words, "[::1]:80"));
    ck_assert(span_is(panic.message, "two\nlines"));
    ck_assert(span_is(panic.stack, "goroutine 7 [running]:\nmain.f()\n"));
    panic = panic_of("x panic serving match=4f tick=7: boom: a");
    ck_assert(!panic.is_http);
    ck_assert(span_is(panic.words, "match=4f tick=7"));
    ck_assert(span_is(panic.message, "boom: a"));
    ck_assert_ptr_null(panic.stack.bytes);
    panic = panic_of("panic recovered: first\nsecond");
    ck_assert_ptr_null(panic.words.bytes);
    ck_assert(span_is(panic.message, "panic recovered: first"));
    /* the words end before the stack */
    panic = panic_of("panic serving x\ngoroutine 1 [a]:\nb: c");
    ck_assert_ptr_null(panic.words.bytes);
    panic = panic_of("[Recovery] 2026/11/29 - 15:00:00 panic recovered:\nboom\n/src/a.go:1 (0x1)\n");
    ck_assert(span_is(panic.message, "[Recovery] 2026/11/29 - 15:00:00 panic recovered:\nboom"));
    panic = panic_of("[PANIC RECOVER] boom goroutine 34 [running]:\nmain.f()\n");
    ck_assert(span_is(panic.message, "[PANIC RECOVER] boom"));
    ck_assert(span_is(panic.stack, "goroutine 34 [running]:\nmain.f()\n"));
    panic = panic_of(
        "level=error msg=\"http: panic serving 1.2.3.4:5: boom\\ngoroutine 7 [running]:\\nmain.f()\"");
    ck_assert(span_is(panic.message, "boom"));
    ck_assert_ptr_null(panic.stack.bytes);
    panic = panic_of("panic serving a=1: no goroutine 7 here, nor goroutine [x]\nof another\n");
    ck_assert(span_is(panic.message, "no goroutine 7 here, nor goroutine [x]"));
    panic = panic_of("");
    ck_assert_uint_eq(panic.message.size, 0);
}
END_TEST

START_TEST(members_that_every_line_has_are_no_facts)
{
    ck_assert(log_line_is_common((struct span){"severity", 8}));
    ck_assert(log_line_is_common((struct span){"ts", 2}));
    ck_assert(!log_line_is_common((struct span){"mid", 3}));
    ck_assert(!log_line_is_common((struct span){"", 0}));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, a_line_that_tells_is_found, 0, sizeof telling / sizeof *telling);
    tcase_add_loop_test(tests, another_line_is_not, 0, sizeof quiet / sizeof *quiet);
    tcase_add_test(tests, a_line_is_taken_apart);
    tcase_add_test(tests, a_panic_has_words_and_a_message_and_a_stack);
    tcase_add_test(tests, members_that_every_line_has_are_no_facts);
}
