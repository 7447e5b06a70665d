/* SPDX-License-Identifier: MIT */
/* Reports of a wrong shape: each is damaged, says why, and harms nobody. What may be missing may be missing. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/bundles.h"

/* The way to a member, and what it becomes; NULL: it is taken out. */
struct change {
    const char *at, *to;
};

static json_t *step(json_t *from, const char *name)
{
    return json_is_array(from) ? json_array_get(from, strtoul(name, NULL, 10)) : json_object_get(from, name);
}

/* The sound report with a change. */
static void put_changed(const struct change *change)
{
    char way[100], *rest = way;
    json_t *report = json_loads(bundles_report, 0, NULL), *from = report;
    json_t *value = change->to ? json_loads(change->to, JSON_DECODE_ANY, NULL) : NULL;
    ck_assert(report && (value || !change->to));
    strcpy(way, change->at);
    const char *name = strsep(&rest, ".");
    for (; rest; name = strsep(&rest, "."))
        from = step(from, name);
    ck_assert_msg(from && step(from, name), "the sound report has no %s", change->at);
    if (!value)
        ck_assert_int_eq(json_object_del(from, name), 0);
    else if (json_is_array(from))
        ck_assert_int_eq(json_array_set_new(from, strtoul(name, NULL, 10), value), 0);
    else
        ck_assert_int_eq(json_object_set_new(from, name, value), 0);
    char *text = json_dumps(report, 0);
    bundles_put_report(text);
    free(text);
    json_decref(report);
}

static const struct change wrong[] = {
    {"format", NULL},
    {"format", "\"1\""},
    {"format", "0"},
    {"format", "-1"},
    {"format", "1.5"},
    {"event", NULL},
    {"event", "1"},
    {"event", "null"},
    {"time", "5"},
    {"title", "[\"x\"]"},
    {"signature", "{}"},
    {"exe", "1"},
    {"pid", "\"1\""},
    {"pid", "1.5"},
    {"cmdline", "\"x\""},
    {"cmdline", "[1]"},
    {"signal", "\"SIGSEGV\""},
    {"signal.name", "11"},
    {"signal.sent", "1"},
    {"exit", "[]"},
    {"exit.status", "\"3\""},
    {"exit.caller", "\"main\""},
    {"exit.caller.function", "{}"},
    {"exit.fault.signal", "11"},
    {"exception", "\"x\""},
    {"exception.uncaught", "\"yes\""},
    {"recovery", "1"},
    {"recovery.action", "true"},
    {"recovery.locks_held", "\"0\""},
    {"recovery.lock", "1"},
    {"recovery.exception.type", "[]"},
    {"threads", "{}"},
    {"threads", "[1]"},
    {"threads.0.tid", "\"1\""},
    {"threads.0.tid", NULL},
    {"threads.0.crashed", "\"yes\""},
    {"threads.0.registers", "[]"},
    {"threads.0.frames", "\"x\""},
    {"threads.0.frames.0", "null"},
    {"threads.0.frames.0.pc", "12"},
    {"threads.0.frames.0.function", "[]"},
    {"threads.0.frames.0.function_offset", "true"},
    {"modules", "\"x\""},
    {"modules.0", "\"x\""},
    {"modules.0.path", "1"},
    {"soft_errors", "[null]"},
    {"timings_us", "3"},
};

START_TEST(a_member_of_the_wrong_type_is_damage)
{
    put_changed(&wrong[_i]);
    bundles_expect_damaged(wrong[_i].at);
}
END_TEST

static const struct change harmless[] = {
    {"signature", NULL},
    {"signal", "null"},
    {"signal", "{}"},
    {"pid", "null"},
    {"pid", "-5"},
    {"threads", "[]"},
    {"threads", NULL},
    {"threads.0.frames", "[{}]"},
    {"threads.0.frames.0.offset", "\"0xfffffffffffffffffffff\""},
    {"threads.0.frames.0.function_offset", "28"},
    {"modules", "[{}]"},
    {"soft_errors", "null"},
    {"timings_us", "{\"stopped\":\"soon\"}"},
};

START_TEST(what_may_be_missing_or_null_is_no_damage)
{
    put_changed(&harmless[_i]);
    bundles_expect_sound(harmless[_i].at);
}
END_TEST

START_TEST(the_sound_report_is_sound)
{
    bundles_put_report(bundles_report);
    bundles_expect_sound("the report");
    bundles_put_report("{\"format\":1,\"event\":\"crash\"}");
    bundles_expect_sound("the least report");
}
END_TEST

/* 'count' times 'piece' between two brackets, as the value of a member. */
static void put_many(const char *at, const char *piece, size_t count)
{
    size_t length = strlen(piece);
    char *many = malloc(count * (length + 1) + 3), *end = many;
    *end++ = '[';
    for (size_t i = 0; i < count; i++) {
        *end++ = i ? ',' : ' ';
        memcpy(end, piece, length);
        end += length;
    }
    strcpy(end, "]");
    put_changed(&(const struct change){at, many});
    free(many);
}

START_TEST(frames_and_threads_have_their_limits)
{
    put_many("threads.0.frames", "{\"pc\":\"0x1\"}", 256);
    bundles_expect_sound("256 frames");
    put_many("threads.0.frames", "{\"pc\":\"0x1\"}", 257);
    bundles_expect_damaged("257 frames");
}
END_TEST

/* An empty text; what is not an object; what is not JSON; texts that no UTF-8 says. */
static const char *const texts[] = {
    "",
    "{",
    "[]",
    "\"x\"",
    "null",
    "{\"format\":1",
    "{\"format\":1,}",
    "{'format':1}",
    "{\"format\":1}garbage",
    "{\"format\":1,\"event\":\"cr\001ash\"}",
    "{\"format\":1,\"event\":\"\xff\xfe\"}",
    "{\"format\":1,\"event\":\"a\\u0000b\"}",
    "{\"format\":1,\"event\":\"\\ud800\"}",
    "{\"format\":99999999999999999999999,\"event\":\"x\"}",
    "{\"format\":1,\"event\":\"x\",\"pid\":1e999}",
};

START_TEST(what_is_not_an_object_of_json_is_damage)
{
    bundles_put_report(texts[_i]);
    bundles_expect_damaged(texts[_i]);
}
END_TEST

START_TEST(brackets_without_an_end_are_damage)
{
    static char brackets[5001];
    memset(brackets, '[', sizeof brackets - 1);
    bundles_put_report(brackets);
    bundles_expect_damaged("5000 brackets");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, bundles_set_up, bundles_tear_down);
    tcase_add_loop_test(tests, a_member_of_the_wrong_type_is_damage, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(tests, what_may_be_missing_or_null_is_no_damage, 0,
                        sizeof harmless / sizeof *harmless);
    tcase_add_test(tests, the_sound_report_is_sound);
    tcase_add_test(tests, frames_and_threads_have_their_limits);
    tcase_add_loop_test(tests, what_is_not_an_object_of_json_is_damage, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tests, brackets_without_an_end_are_damage);
}
