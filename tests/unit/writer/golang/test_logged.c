/* SPDX-License-Identifier: MIT */
/* Titles, groups and tags of errors that a server only logged. */
#include <stdlib.h>
#include <string.h>

#include "crash/crash.h"
#include "golang/logged.h"
#include "unit.h"

static struct crash crash;

static void describe(const char *text)
{
    go_dump_release(&crash.logged.stack);
    free(crash.logged.stack_text);
    memset(&crash, 0, sizeof crash);
    crash.notes.event = "logged";
    crash.notes.logged.stream = 2;
    crash.notes.logged_text = (struct core_span){(const uint8_t *)text, strlen(text)};
    ck_assert_int_eq(logged_describe(&crash), 0);
}

static const char *tag(const char *key)
{
    for (size_t i = 0; i < crash.logged.tags.count; i++)
        if (strcmp(crash.logged.tags.items[i].key, key) == 0)
            return crash.logged.tags.items[i].value;
    return NULL;
}

START_TEST(an_error_of_nakamas)
{
    describe(
        "{\"level\":\"error\",\"caller\":\"server/runtime_lua.go:1400\",\"msg\":\"Runtime RPC function caused an error.\","
        "\"id\":\"spend\",\"mid\":\"4f.n\",\"uid\":\"u\",\"n\":3,\"ok\":true,\"no\":null,\"deep\":{\"a\":1},\"password\":\"x\","
        "\"a b\":1,\"error\":\"spend.lua:12: attempt to index a nil value\\nstack traceback:\\n\\tx\"}\n");
    ck_assert_str_eq(
        crash.title,
        "logged: Runtime RPC function caused an error: spend.lua:12: attempt to index a nil value");
    ck_assert_str_eq(
        crash.signature,
        "logged | Runtime RPC function caused an error: spend.lua:#: attempt to index a nil value");
    ck_assert_str_eq(crash.logged.level, "error");
    ck_assert_str_eq(
        crash.logged.description,
        "the process lives, and has logged this on stderr at level error, at server/runtime_lua.go:1400");
    ck_assert(!crash.logged.is_panic);
    ck_assert_str_eq(tag("match_id"), "4f.n");
    ck_assert_str_eq(tag("user_id"), "u");
    ck_assert_str_eq(tag("id"), "spend");
    ck_assert_str_eq(tag("n"), "3");
    ck_assert_str_eq(tag("ok"), "true");
    ck_assert_uint_eq(crash.logged.tags.count, 5);
}
END_TEST

#define STACK                                                                                                         \
    "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/go/debug/stack.go:24 +0x65\nmain.tell()\n\t/src/a.go:3 +0x1\n" \
    "panic({0x1, 0x2})\n\t/go/panic.go:884 +0x212\nruntime.panicmem()\n\t/go/panic.go:260 +0x1\n"                     \
    "plugin/unnamed-0123456789abcdef.(*Match).loop(0xc000, {0x1, 0x2})\n\t/src/match.go:42 +0x1d\n"                   \
    "main.run.func2.1()\n\t/src/run.go:7 +0x1d\ncreated by main.run\n\t/src/run.go:5 +0x1d\n"

START_TEST(a_panic_is_where_it_was_raised)
{
    describe("2026/11/29 15:00:00 panic serving match=4f tick=7: invalid memory address\n" STACK);
    ck_assert_str_eq(
        crash.title,
        "logged: invalid memory address in plugin/unnamed-0123456789abcdef.(*Match).loop (match.go:42)");
    ck_assert_str_eq(crash.signature,
                     "logged | invalid memory address | plugin/unnamed.(*Match).loop | main.run.func#.#");
    ck_assert(crash.logged.is_panic);
    ck_assert_uint_eq(crash.logged.frame_count, 6);
    ck_assert_str_eq(tag("match_id"), "4f");
    ck_assert_str_eq(tag("tick"), "7");
    describe("http: panic serving [::1]:80: boom");
    ck_assert_str_eq(crash.title, "logged: boom");
    ck_assert_str_eq(tag("peer"), "[::1]:80");
    ck_assert_uint_eq(crash.logged.frame_count, 0);
}
END_TEST

START_TEST(anything)
{
    static char text[5000];
    describe("");
    ck_assert_str_eq(crash.title, "logged: ");
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "panic serving a=1: ", 19);
    describe(text);
    ck_assert_uint_lt(strlen(crash.title), 200);
    ck_assert_uint_lt(strlen(crash.signature), SIGNATURE_MAX);
    for (size_t i = 19; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 2); /* cut between characters */
    describe(text);
    const char *cut = strstr(crash.title, "...");
    ck_assert_ptr_nonnull(cut);
    ck_assert_int_eq((unsigned char)cut[-1], 0xa4);
    describe("panic serving token=abc user=u: wrong password=hunter2\n");
    ck_assert_ptr_null(strstr(crash.title, "hunter2"));
    ck_assert_ptr_null(tag("token"));
    describe("{\"level\":\"error\",\"msg\":\"panic serving a=1: boom\",\"dsn\":\"postgres://u:hunter2@db/x\","
             "\"body\":\"password=hunter2&x=1\"}");
    ck_assert_str_eq(tag("dsn"), "postgres://u:[redacted]@db/x");
    ck_assert_ptr_null(strstr(tag("body"), "hunter2"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, an_error_of_nakamas);
    tcase_add_test(tests, a_panic_is_where_it_was_raised);
    tcase_add_test(tests, anything);
}
