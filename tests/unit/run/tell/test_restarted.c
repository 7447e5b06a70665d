/* SPDX-License-Identifier: MIT */
/* The lines of restarts: what is unknown is null, and foreign text is only text. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tell/restarted.h"
#include "unit.h"

static char text[8192];

static const char *line_of(const struct end_facts *facts, const struct restart_cause *cause,
                           const struct restart_note *note)
{
    FILE *to = fmemopen(text, sizeof text, "w");
    ck_assert_ptr_nonnull(to);
    restarted_line(facts, cause, note, NULL, to);
    ck_assert_int_eq(fclose(to), 0);
    return text;
}

START_TEST(a_restart)
{
    const struct end_facts facts = {
        .exe = "/usr/bin/s", .run_id = "h-1-2", .pid = 7, .end = {.by_signal = true, .status = SIGSEGV}};
    const struct restart_cause cause = {"SIGSEGV in \"f\"\x1b", "N.tar.zst"};
    const struct restart_note note = {
        .new_pid = 9, .downtime_ms = 120, .delay_ms = 100, .restarts = 3, .held = 2, .backlog_full = 1};
    ck_assert_str_eq(
        line_of(&facts, &cause, &note),
        "{\"event\":\"restarted\",\"exe\":\"/usr/bin/s\",\"pid\":7,\"time\":\"1970-01-01T00:00:00.000000Z\","
        "\"run\":\"h-1-2\",\"how\":\"signal\",\"cause\":\"SIGSEGV in \\\"f\\\"\\u001b\",\"bundle\":\"N.tar.zst\","
        "\"restarts\":3,\"new_pid\":9,\"downtime_ms\":120,\"delay_ms\":100,\"held\":2,\"backlog_full\":1}\n");
}
END_TEST

START_TEST(the_limit_and_what_is_unknown)
{
    const struct end_facts facts = {.exe = "s", .exec_error = 2};
    const struct restart_cause cause = {"", ""};
    const struct restart_note note = {.is_limit = true, .restarts = 5};
    ck_assert_str_eq(
        line_of(&facts, &cause, &note),
        "{\"event\":\"restart_limit\",\"exe\":\"s\",\"pid\":0,\"time\":\"1970-01-01T00:00:00.000000Z\","
        "\"run\":null,\"how\":\"exec\",\"cause\":null,\"bundle\":null,\"restarts\":5}\n");
    const struct end_facts quiet = {.exe = "s", .pid = 1};
    ck_assert_ptr_nonnull(strstr(line_of(&quiet, &cause, &note), "\"how\":\"end\""));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_restart);
    tcase_add_test(tests, the_limit_and_what_is_unknown);
}
