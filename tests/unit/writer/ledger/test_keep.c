/* SPDX-License-Identifier: MIT */
/* Unit tests of the limits of a crash directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ledger/keep.h"
#include "ledger/prune.h"
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

static struct keep_rules rules_of(const char *text)
{
    struct keep_rules rules;
    char complaint[400] = "";
    ck_assert_msg(keep_parse(text, &rules, complaint, sizeof complaint) == 0, "%s", complaint);
    return rules;
}

START_TEST(limits_are_parsed)
{
    struct keep_rules rules = rules_of(CRUMPLE_KEEP_DEFAULT);
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
    {"size=5", "'size=5' is none of"},
    {"count", "'count' should"},
    {"count=1,,bytes=1", "'' is none of"},
};

START_TEST(wrong_limits_are_named)
{
    struct keep_rules rules = {.count = 77};
    char complaint[400] = "";
    ck_assert_int_eq(keep_parse(wrong[_i][0], &rules, complaint, sizeof complaint), -EINVAL);
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
    struct keep_rules rules = rules_of(limits);
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

static void make_file(const char *name, size_t size, int age_s)
{
    int fd = openat(directory, name, O_CREAT | O_WRONLY, 0600);
    const struct timespec when[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
    ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
    futimens(fd, when);
    close(fd);
}

static bool is_there(const char *name)
{
    return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *log_text(void)
{
    static char text[8192];
    int fd = openat(directory, CRUMPLE_INDEX_NAME, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[size] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

static void prune(const char *limits, const char *spare)
{
    struct keep_rules rules = rules_of(limits);
    ck_assert_int_eq(prune_to_limits(directory, &rules, &crash, spare), 0);
}

#define A "20260101T000000.000000Z-x-1.tar.zst"
#define B "20260102T000000.000000Z-x-1.tar.zst"
#define C "20260103T000000.000000Z-x-1.tar.zst"

START_TEST(the_oldest_beyond_the_number_go_and_are_named)
{
    make_file(C, 10, 0);
    make_file(A, 10, 0);
    make_file(B, 10, 0);
    prune("count=3", C);
    ck_assert_str_eq(log_text(), "");
    prune("count=2", C);
    ck_assert(!is_there(A) && is_there(B) && is_there(C));
    ck_assert_ptr_nonnull(
        strstr(log_text(), "{\"event\":\"pruned\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\""));
    ck_assert_ptr_nonnull(strstr(log_text(), "\"path\":\"" A "\",\"bytes\":10,\"reason\":\"count\"}\n"));
}
END_TEST

START_TEST(the_oldest_beyond_the_size_go)
{
    make_file(A, 1000, 0);
    make_file(B, 1000, 0);
    make_file(C, 1000, 0);
    prune("bytes=2K", C);
    ck_assert(!is_there(A) && is_there(B) && is_there(C));
    ck_assert_ptr_nonnull(strstr(log_text(), "\"reason\":\"bytes\""));
    prune("bytes=1", C);
    ck_assert(!is_there(B) && is_there(C)); /* the one just written stays, whatever its size */
}
END_TEST

START_TEST(pending_cores_count_and_go_when_they_are_old)
{
    make_file("20260101T000000.000000Z-x-1.core", 5000, 3600);
    make_file("20260101T000000.000000Z-x-2.core", 5000, 90000);
    make_file("20260101T000000.000000Z-x-3.core", 5000, 90000);
    make_file(B, 1000, 0);
    make_file(C, 1000, 0);
    int fd = openat(directory, "20260101T000000.000000Z-x-3.core", O_RDONLY);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* a writer is at work on it */
    prune("bytes=11500", C);
    ck_assert(is_there("20260101T000000.000000Z-x-1.core"));
    ck_assert(!is_there("20260101T000000.000000Z-x-2.core"));
    ck_assert(is_there("20260101T000000.000000Z-x-3.core"));
    ck_assert(!is_there(B) && is_there(C));
    close(fd);
}
END_TEST

START_TEST(what_has_another_name_stays)
{
    make_file("kept.tar.zst", 5000, 90000);
    make_file("2026-01-01.tar.zst", 5000, 90000);
    make_file(CRUMPLE_METRICS_NAME, 5000, 90000);
    ck_assert_int_eq(symlinkat("kept.tar.zst", directory, A), 0);
    make_file(B, 10, 0);
    prune("count=1,bytes=1", NULL);
    ck_assert(is_there("kept.tar.zst") && is_there("2026-01-01.tar.zst") && is_there(CRUMPLE_METRICS_NAME));
    ck_assert(is_there(A) && !is_there(B));
}
END_TEST

START_TEST(left_overs_of_killed_writers_go_after_ten_minutes)
{
    make_file("." A ".tmp", 10, 700);
    make_file("." B ".tmp", 10, 500);
    make_file(".20260101T000000.000000Z-x-9.core.tmp", 10, 700);
    prune("count=9", NULL);
    ck_assert(!is_there("." A ".tmp") && is_there("." B ".tmp"));
    ck_assert(!is_there(".20260101T000000.000000Z-x-9.core.tmp"));
    ck_assert_ptr_nonnull(strstr(log_text(), "\"reason\":\"left over\""));
}
END_TEST

START_TEST(what_a_writer_is_at_work_on_stays)
{
    make_file(".20260101T000000.000000Z-x-4.tar.zst.tmp", 10, 7000);
    make_file("20260101T000000.000000Z-x-4.core", 10, 7000);
    int fd = openat(directory, "20260101T000000.000000Z-x-4.core", O_RDONLY);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    prune("count=9", NULL);
    ck_assert(is_there(".20260101T000000.000000Z-x-4.tar.zst.tmp"));
    close(fd);
    prune("count=9", NULL);
    ck_assert(!is_there(".20260101T000000.000000Z-x-4.tar.zst.tmp"));
}
END_TEST

START_TEST(times_in_the_future_keep_nothing_for_ever)
{
    make_file("." A ".tmp", 10, -90000);
    make_file("." B ".tmp", 10, -60);
    make_file("20260101T000000.000000Z-x-2.core", 5000, -900000);
    make_file(C, 10, -900000);
    prune("count=9,bytes=1K", NULL);
    ck_assert(!is_there("." A ".tmp") && is_there("." B ".tmp"));
    ck_assert(!is_there("20260101T000000.000000Z-x-2.core") && is_there(C));
}
END_TEST

START_TEST(without_limits_nothing_is_deleted)
{
    make_file("." A ".tmp", 10, 90000);
    make_file(A, 10, 90000);
    prune("", NULL);
    ck_assert(is_there(A) && is_there("." A ".tmp"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, limits_are_parsed);
    tcase_add_loop_test(tests, wrong_limits_are_named, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tests, a_signature_has_a_budget);
    tcase_add_loop_test(tests, the_number_reads_well, 0, 10);
    tcase_add_test(tests, too_little_free_space_suppresses);
    tcase_add_test(tests, the_oldest_beyond_the_number_go_and_are_named);
    tcase_add_test(tests, the_oldest_beyond_the_size_go);
    tcase_add_test(tests, pending_cores_count_and_go_when_they_are_old);
    tcase_add_test(tests, what_has_another_name_stays);
    tcase_add_test(tests, left_overs_of_killed_writers_go_after_ten_minutes);
    tcase_add_test(tests, what_a_writer_is_at_work_on_stays);
    tcase_add_test(tests, times_in_the_future_keep_nothing_for_ever);
    tcase_add_test(tests, without_limits_nothing_is_deleted);
}
