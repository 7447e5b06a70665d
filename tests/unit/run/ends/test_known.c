/* SPDX-License-Identifier: MIT */
/* Lines and names that tell an end, and those that only look like it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ends/known.h"
#include "unit.h"

#define SINCE "2026-11-29T12:00:00.000000Z"
#define LATE  ",\"time\":\"2026-11-29T12:00:01.000000Z\""
#define EARLY ",\"time\":\"2026-11-29T11:59:59.999999Z\""

static struct end_facts facts = {.exe = "/usr/sbin/server", .pid = 7, .self = 1};

static bool known(const char *line)
{
    /* Of exactly this size: the sanitizer sees what reads beyond it. */
    size_t size = strlen(line);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, line, size);
    bool is_known = known_by_line(&facts, SINCE, copy, size);
    free(copy);
    return is_known;
}

START_TEST(events_that_ended_the_process)
{
    facts.end = (struct child_end){.by_signal = true, .status = 11};
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE "}"));
    ck_assert(known("{\"event\":\"exit\"" LATE ",\"pid\":7}"));
    ck_assert(known("{\"event\":\"escalated\",\"pid\":7" LATE "}"));
    ck_assert(!known("{\"event\":\"contained\",\"pid\":7" LATE "}"));
    ck_assert(!known("{\"event\":\"died\",\"pid\":7" LATE "}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":77" LATE "}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":7" EARLY "}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":7}"));
    ck_assert(!known("{\"event\":\"crash\",\"title\":\"\\\"pid\\\":7,\",\"pid\":8" LATE "}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":7,\"time\":\"2026"));
    ck_assert(!known(""));
}
END_TEST

START_TEST(what_go_printed_is_of_a_child_only_if_go_ended_that_child)
{
    facts.end = (struct child_end){.status = 2};
    facts.go_dump = (struct end_text){"panic: x\n", 9};
    ck_assert(known("{\"event\":\"died\",\"pid\":8,\"how\":\"go\",\"status\":2" LATE ",\"ppid\":7}"));
    ck_assert(!known("{\"event\":\"died\",\"pid\":8,\"how\":\"status\",\"status\":2" LATE ",\"ppid\":7}"));
    ck_assert(!known("{\"event\":\"exit\",\"pid\":8,\"status\":2" LATE ",\"ppid\":7}"));
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE "}"));
    facts.end.status = 128 + 6;
    ck_assert(known("{\"event\":\"crash\",\"pid\":8,\"ppid\":7" LATE "}"));
    facts.go_dump.size = 0;
}
END_TEST

START_TEST(a_run_has_its_own_events)
{
    facts.end = (struct child_end){.by_signal = true, .status = 11};
    facts.run_id = "web-1-5";
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE ",\"run\":\"web-1-5\"}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":7" LATE ",\"run\":\"web-2-5\"}"));
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE "}"));
    facts.run_id = NULL;
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE ",\"run\":\"web-2-5\"}"));
}
END_TEST

START_TEST(an_end_that_is_passed_on)
{
    facts.end = (struct child_end){.status = 139};
    ck_assert(known("{\"event\":\"crash\",\"pid\":8,\"ppid\":7" LATE "}"));
    ck_assert(known("{\"event\":\"died\",\"pid\":8" LATE ",\"ppid\":7}"));
    facts.end.status = 3;
    ck_assert(known("{\"event\":\"died\",\"pid\":8,\"status\":3" LATE ",\"ppid\":7}"));
    ck_assert(!known("{\"event\":\"died\",\"pid\":8,\"status\":4" LATE ",\"ppid\":7}"));
    ck_assert(!known("{\"event\":\"crash\",\"pid\":8" LATE
                     ",\"ppid\":7}")); /* a worker's, and the master goes on */
    facts.end = (struct child_end){.by_signal = true, .status = 9};
    ck_assert(!known("{\"event\":\"died\",\"pid\":8" LATE ",\"ppid\":7}"));
}
END_TEST

START_TEST(an_error_that_is_only_logged_is_no_end)
{
    facts.end = (struct child_end){.status = 3};
    ck_assert(!known("{\"event\":\"logged\",\"pid\":7,\"status\":3" LATE "}"));
    char folder[] = "/tmp/crumple-test-XXXXXX";
    int directory = open(mkdtemp(folder), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 2; i++) {
        int fd = openat(directory, "x.core", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ck_assert_int_gt(dprintf(fd, "format=1\nevent=%s\npid=7\n", i ? "died" : "logged"), 0);
        (void)close(fd);
        ck_assert_int_eq(known_is_logged(directory, "x.core"), !i);
    }
    ck_assert(!known_is_logged(directory, "y.core"));
    (void)unlinkat(directory, "x.core", 0);
    (void)close(directory);
    (void)rmdir(folder);
}
END_TEST

START_TEST(of_a_life_record_an_earlier_event_counts)
{
    facts.is_together = true;
    ck_assert(known("{\"event\":\"died\",\"pid\":7" LATE "}"));
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE "}"));
    ck_assert(!known("{\"event\":\"died\",\"pid\":8,\"ppid\":7" LATE "}"));
    facts.run_id = "web-2-9"; /* of the next start */
    ck_assert(known("{\"event\":\"crash\",\"pid\":7" LATE ",\"run\":\"web-1-5\"}"));
    facts.run_id = NULL;
    facts.is_together = false;
}
END_TEST

START_TEST(names_of_pending_cores)
{
    static const struct {
        const char *name;
        bool is_known;
    } rows[] = {
        {"20261129T120000.000000Z-server-7.core", true},
        {"20261129T120000.000001Z-a-b-7.core", true},
        {"20261129T115959.999999Z-server-7.core", false},
        {"20261129T120000.000000Z-server-17.core", false},
        {"20261129T120000.000000Z-server-7.core.tmp", false},
        {"20261129T120000.000000Z-server-7.tar.zst", false},
        {".20261129T120000.000000Z-server-7.core", false},
        {"server-7.core", false},
        {"-7.core", false},
        {"7.core", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(known_by_name(&facts, SINCE, rows[i].name) == rows[i].is_known, "%s", rows[i].name);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, events_that_ended_the_process);
    tcase_add_test(tests, what_go_printed_is_of_a_child_only_if_go_ended_that_child);
    tcase_add_test(tests, a_run_has_its_own_events);
    tcase_add_test(tests, an_end_that_is_passed_on);
    tcase_add_test(tests, an_error_that_is_only_logged_is_no_end);
    tcase_add_test(tests, of_a_life_record_an_earlier_event_counts);
    tcase_add_test(tests, names_of_pending_cores);
}
