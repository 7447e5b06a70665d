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
#include "retain_files.h"
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

static struct retain_rules rules_of(const char *text)
{
    struct retain_rules rules;
    char complaint[400] = "";
    ck_assert_msg(retain_parse(text, &rules, complaint, sizeof complaint) == 0, "%s", complaint);
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
    struct retain_rules rules = rules_of(limits);
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

static void log_line(const char *path, const char *signature)
{
    FILE *log = fdopen(openat(directory, CRUMPLE_INDEX_NAME, O_WRONLY | O_CREAT | O_APPEND, 0600), "a");
    fprintf(log, "{\"event\":\"crash\",\"signature\":\"%s\",\"exe\":\"/bin/x\",\"pid\":1,\"path\":\"%s\"}\n",
            signature, path);
    fclose(log);
}

START_TEST(the_log_knows_signatures)
{
    static const char *const names[] = {
        "20260101T000000.000000Z-x-1.tar.zst", "20260102T000000.000000Z-x-1.tar.zst",
        "20260103T000000.000000Z-x-1.tar.zst", "20260104T000000.000000Z-x-1.tar.zst",
        "20260105T000000.000000Z-x-1.tar.zst"};
    static const char *const signatures[] = {"S | \\u00e4", "T | f", "T | f", "T | f", "S | \u00e4"};
    for (int i = 0; i < 5; i++) {
        make_file(names[i], 10, 0);
        log_line(names[i], signatures[i]);
    }
    log_line("20250101T000000.000000Z-x-1.tar.zst", "T | f"); /* gone */
    prune("count=4", names[4]);
    ck_assert(is_there(names[0]) && is_there(names[1]) && !is_there(names[2]) && is_there(names[3]));
    prune("signature=1", names[4]);
    ck_assert(!is_there(names[0]) && !is_there(names[1]) && is_there(names[3]) && is_there(names[4]));
    ck_assert_ptr_nonnull(strstr(log_text(), "\"reason\":\"signature\""));
}
END_TEST

START_TEST(what_is_older_than_the_age_goes)
{
    make_file(A, 10, 0); /* by its name, not by its time */
    make_file("29990101T000000.000000Z-x-1.tar.zst", 10, 90000);
    make_file("20260101T000000.000000Z-x-1.core", 10, 3600);
    prune("age=1d", NULL);
    ck_assert(!is_there(A) && is_there("29990101T000000.000000Z-x-1.tar.zst"));
    ck_assert(is_there("20260101T000000.000000Z-x-1.core")); /* its writer may come */
    ck_assert_ptr_nonnull(strstr(log_text(), "\"reason\":\"age\""));
}
END_TEST

START_TEST(what_only_looks_like_a_bundle_stays)
{
    static const char newline[] = "20260101T000000.000000Z-a\nb-1.tar.zst",
                      escape[] = "20260101T000000.000000Z-\033[2J-1.tar.zst";
    ck_assert_int_eq(mkfifoat(directory, A, 0600), 0);
    ck_assert_int_eq(mkdirat(directory, B, 0700), 0);
    ck_assert_int_eq(symlinkat("/etc/passwd", directory, C), 0);
    make_file(newline, 5000, 90000);
    make_file(escape, 5000, 90000);
    prune("count=1,bytes=1,age=1m,signature=1", NULL);
    ck_assert(is_there(A) && is_there(B) && is_there(C) && is_there(newline) && is_there(escape));
    ck_assert_str_eq(log_text(), "");
}
END_TEST

START_TEST(files_of_other_owners_stay)
{
    if (geteuid() != 0)
        return;
    make_file(A, 10, 0);
    make_file(B, 10, 0);
    ck_assert_int_eq(fchownat(directory, A, 7, 7, 0), 0);
    prune("age=1m", NULL);
    ck_assert(is_there(A) && !is_there(B));
    make_file(B, 10, 0);
    ck_assert_int_eq(fchown(directory, 7, 7), 0); /* root looks after its owner's */
    prune("age=1m", NULL);
    ck_assert(!is_there(A) && !is_there(B));
}
END_TEST

/* Many, as a server leaves them that has crashed for weeks without limits. */
START_TEST(many_files_are_pruned_in_turns)
{
    char name[64];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "20260101T0000%02d.%06dZ-x-1.tar.zst", i / 100 % 60, i);
        close(openat(directory, name, O_CREAT | O_WRONLY, 0600));
    }
    prune("count=1500", NULL); /* 2,000 at a time */
    prune("count=1500", NULL);
    struct retain_files files;
    ck_assert_int_eq(retain_scan(directory, &files), 0);
    ck_assert_uint_eq(files.count, 1500);
    ck_assert_str_eq(files.items[0].name, "20260101T000035.003500Z-x-1.tar.zst");
    retain_release(&files);
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
    tcase_add_test(tests, the_log_knows_signatures);
    tcase_add_test(tests, what_is_older_than_the_age_goes);
    tcase_add_test(tests, what_only_looks_like_a_bundle_stays);
    tcase_add_test(tests, files_of_other_owners_stay);
    tcase_add_test(tests, many_files_are_pruned_in_turns);
}
