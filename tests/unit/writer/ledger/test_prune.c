/* SPDX-License-Identifier: MIT */
/* Unit tests of what is deleted from a crash directory beyond its limits. */
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

static char folder[] = "/tmp/crumple-prune-XXXXXX";
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
    make_file(CRUMPLE_DUMP_PREFIX "0000004d", 10, 700);
    make_file(CRUMPLE_DUMP_PREFIX "0000004e", 10, 500);
    prune("count=9", NULL);
    ck_assert(!is_there("." A ".tmp") && is_there("." B ".tmp"));
    ck_assert(!is_there(CRUMPLE_DUMP_PREFIX "0000004d") && is_there(CRUMPLE_DUMP_PREFIX "0000004e"));
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
    tcase_add_test(tests, the_oldest_beyond_the_number_go_and_are_named);
    tcase_add_test(tests, the_oldest_beyond_the_size_go);
    tcase_add_test(tests, pending_cores_count_and_go_when_they_are_old);
    tcase_add_test(tests, what_has_another_name_stays);
    tcase_add_test(tests, left_overs_of_killed_writers_go_after_ten_minutes);
    tcase_add_test(tests, what_a_writer_is_at_work_on_stays);
    tcase_add_test(tests, times_in_the_future_keep_nothing_for_ever);
    tcase_add_test(tests, without_limits_nothing_is_deleted);
}
