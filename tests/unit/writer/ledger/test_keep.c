/* SPDX-License-Identifier: MIT */
/* Unit tests of the budget of a signature, and of how limits are written. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ledger/keep.h"
#include "unit.h"

#define NOW_US INT64_C(1795200967000000) /* 2026-11-20T18:56:07Z */

static char folder[] = "/tmp/crumple-keep-XXXXXX";
static int directory;
static struct crash crash;

static void setup(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    directory = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(directory, 0);
    crash = (struct crash){0};
    crash.notes.event = "crash";
    crash.notes.exe = "/bin/x";
    crash.notes.pid = 7;
    crash.notes.time_ns = (uint64_t)NOW_US * 1000;
    strcpy(crash.signature, "SIGSEGV | \"f\"");
}

static void teardown(void)
{
    char command[100];
    close(directory);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static struct retain_rules rules_of(const char *text)
{
    struct retain_rules rules;
    char complaint[400] = "";
    ck_assert_msg(retain_parse(text, &rules, complaint, sizeof complaint) == 0, "%s", complaint);
    return rules;
}

START_TEST(limits_are_parsed)
{
    struct retain_rules rules = rules_of(CRUMPLE_KEEP_DEFAULT);
    ck_assert_uint_eq(rules.count, 500);
    ck_assert_uint_eq(rules.bytes, UINT64_C(256) << 20);
    ck_assert_uint_eq(rules.free_percent, 5);
    ck_assert_uint_eq(rules.per_signature, 5);
    ck_assert_int_eq(rules.period_us, INT64_C(3600000000));
    rules = rules_of("");
    ck_assert_uint_eq(rules.count + rules.bytes + rules.free_percent + rules.free_bytes + rules.per_signature,
                      0);
    rules = rules_of("free=2G,bytes=1000,per_signature=0,count=0,");
    ck_assert_uint_eq(rules.free_bytes, UINT64_C(2) << 30);
    ck_assert_uint_eq(rules.bytes, 1000);
    rules = rules_of("per_signature=2/90s");
    ck_assert_int_eq(rules.period_us, 90000000);
    rules = rules_of("age=30d,signature=20");
    ck_assert_int_eq(rules.age_us, INT64_C(2592000000000));
    ck_assert_uint_eq(rules.signature, 20);
    rules = rules_of("age=0,signature=0");
    ck_assert(!rules.age_us && !rules.signature);
}
END_TEST

static const char *const wrong[][2] = {
    {"count=x", "'count=x' should be a number"},
    {"count=", "'count='"},
    {"count=-1", "'count=-1'"},
    {"count=99999999999999999999999", "'count=9"},
    {"bytes=5Q", "'bytes=5Q' should be a size"},
    {"bytes=99999999999999T", "'bytes=9"},
    {"bytes=5Mx", "'bytes=5Mx'"},
    {"free=101%", "'free=101%' should be a share"},
    {"free=%", "'free=%'"},
    {"per_signature=5", "should be a number and a period"},
    {"per_signature=5/1", "should be a number and a period"},
    {"per_signature=5/0h", "should be a number and a period"},
    {"per_signature=5/1w", "should be a number and a period"},
    {"per_signature=5/9999999999999999d", "should be a number and a period"},
    {"size=5", "'size=5' is not one of"},
    {"count", "'count' should"},
    {"age=5", "'age=5' should be a period"},
    {"age=", "'age='"},
    {"signature=a", "'signature=a' should be a number"},
    {"signature=5/1h", "'signature=5/1h' should be a number"},
    {"count=1,,bytes=1", "'' is not one of"},
};

START_TEST(wrong_limits_are_named)
{
    struct retain_rules rules = {.count = 77};
    char complaint[400] = "";
    ck_assert_int_eq(retain_parse(wrong[_i][0], &rules, complaint, sizeof complaint), -EINVAL);
    ck_assert_msg(strstr(complaint, wrong[_i][1]), "'%s' says: %s", wrong[_i][0], complaint);
    ck_assert_uint_eq(rules.count, 77);
}
END_TEST

static void append(const char *text)
{
    int fd = openat(directory, CRUMPLE_INDEX_NAME, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* A line of the log, so many seconds before the crash. */
static void append_line(const char *event, const char *exe, const char *signature, int age, const char *rest)
{
    char line[600], when[40];
    time_t seconds = (time_t)(NOW_US / 1000000) - age;
    struct tm parts;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S.000000Z", gmtime_r(&seconds, &parts));
    snprintf(line, sizeof line, "{\"event\":\"%s\",\"signature\":\"%s\",\"exe\":\"%s\",\"time\":\"%s\",%s}\n",
             event, signature, exe, when, rest);
    append(line);
}

#define SIGNATURE "SIGSEGV | \\\"f\\\""
#define BUNDLE    "\"path\":\"a.tar.zst\""

static const char *verdict(const char *limits)
{
    struct retain_rules rules = rules_of(limits);
    keep_admit(directory, &rules, &crash);
    return crash.suppressed;
}

START_TEST(a_signature_has_a_budget)
{
    ck_assert_str_eq(verdict("per_signature=2/1h"), "");
    append_line("crash", "/bin/x", SIGNATURE, 10, BUNDLE);
    append_line("crash", "/bin/x", SIGNATURE, 3601, BUNDLE);              /* too long ago */
    append_line("crash", "/bin/y", SIGNATURE, 10, BUNDLE);                /* another program */
    append_line("contained", "/bin/x", SIGNATURE, 10, BUNDLE);            /* it did not end the process */
    append_line("crash", "/bin/x", "SIGSEGV | g", 10, BUNDLE);            /* another place */
    append_line("crash", "/bin/x", SIGNATURE " | g", 10, BUNDLE);         /* the same beginning */
    append_line("crash", "/bin/x", SIGNATURE, 10, "\"suppressed\":true"); /* no bundle */
    append("{\"event\":\"crash\",\"signature\":\"" SIGNATURE "\",\"exe\":\"/bin/x\",\"ti"); /* torn */
    ck_assert_str_eq(verdict("per_signature=2/1h"), "");
    append("\n");
    append_line("crash", "/bin/x", SIGNATURE, 20, BUNDLE);
    ck_assert_str_eq(verdict("per_signature=2/1h"), "the 4th of this signature within 1h");
    ck_assert_str_eq(verdict("per_signature=2/3600s"), "the 4th of this signature within 1h");
    ck_assert_str_eq(verdict("per_signature=2/90m"), "the 5th of this signature within 90m");
    ck_assert_str_eq(verdict("per_signature=3/1h"), "");
    ck_assert_str_eq(verdict("per_signature=2/15s"), "");
    ck_assert_str_eq(verdict("per_signature=0"), "");
    ck_assert_str_eq(verdict(""), "");
}
END_TEST

START_TEST(what_is_only_logged_has_the_budget_of_a_day)
{
    crash.notes.event = "logged";
    ck_assert_str_eq(verdict("per_signature=2/1h"), "");
    ck_assert(!crash.is_repeated);
    append_line("logged", "/bin/x", SIGNATURE, 10, BUNDLE);
    append_line("logged", "/bin/x", SIGNATURE, 86000, BUNDLE);
    append_line("logged", "/bin/x", SIGNATURE, 86500, BUNDLE); /* too long ago */
    append_line("crash", "/bin/x", SIGNATURE, 10, BUNDLE);
    ck_assert_str_eq(verdict("per_signature=2/1h"), "the 3rd of this signature within 1d");
    ck_assert(crash.is_repeated);
    ck_assert_str_eq(verdict("per_signature=2/2d"), "the 4th of this signature within 2d");
    ck_assert_str_eq(verdict("per_signature=3/1h"), "");
    ck_assert_str_eq(verdict("per_signature=0"), "");
    ck_assert(crash.is_repeated); /* it is not said again on stderr */
}
END_TEST

START_TEST(all_that_is_only_logged_has_a_budget)
{
    char signature[40];
    crash.notes.event = "logged";
    for (int i = 0; i < 20; i++) {
        ck_assert_str_eq(verdict("per_signature=2/1h"), "");
        snprintf(signature, sizeof signature, "logged | %d", i);
        append_line("logged", "/bin/y", signature, 7200, BUNDLE);
    }
    append_line("logged", "/bin/y", "logged | x", 7200, "\"suppressed\":true");
    ck_assert_str_eq(verdict("per_signature=2/1h"), "logged errors have left 20 bundles within 1d");
    ck_assert_str_eq(verdict("per_signature=3/1h"), "");
    crash.notes.event = "crash";
    ck_assert_str_eq(verdict("per_signature=2/1h"), "");
}
END_TEST

START_TEST(the_number_reads_well)
{
    static const char *const words[] = {"2nd",  "3rd",  "4th",  "11th",  "12th",
                                        "13th", "21st", "22nd", "103rd", "111th"};
    char count[60], want[80];
    snprintf(count, sizeof count, "\"suppressed\":true,\"count\":%d", atoi(words[_i]) - 2);
    append_line("crash", "/bin/x", SIGNATURE, 10, BUNDLE);
    if (atoi(words[_i]) > 2)
        append_line("crash", "/bin/x", SIGNATURE, 10, count);
    snprintf(want, sizeof want, "the %s of this signature within 1d", words[_i]);
    ck_assert_str_eq(verdict("per_signature=1/1d"), want);
}
END_TEST

START_TEST(too_little_free_space_suppresses)
{
    close(openat(directory, "20260101T000000.000000Z-x-1.tar.zst", O_CREAT | O_WRONLY, 0600));
    ck_assert_str_eq(verdict("free=1K"), "");
    ck_assert_str_eq(verdict("free=900000T"), "free space below 900000T");
    /* nothing is deleted where that would not help */
    ck_assert_int_eq(faccessat(directory, "20260101T000000.000000Z-x-1.tar.zst", F_OK, 0), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, limits_are_parsed);
    tcase_add_loop_test(tests, wrong_limits_are_named, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tests, a_signature_has_a_budget);
    tcase_add_test(tests, what_is_only_logged_has_the_budget_of_a_day);
    tcase_add_test(tests, all_that_is_only_logged_has_a_budget);
    tcase_add_loop_test(tests, the_number_reads_well, 0, 10);
    tcase_add_test(tests, too_little_free_space_suppresses);
}
