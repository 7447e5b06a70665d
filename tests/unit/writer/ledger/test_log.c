/* SPDX-License-Identifier: MIT */
/* Unit tests of crashes.ndjson as a file that is renamed when it is too large. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ledger/log.h"
#include "ledger/upkeep.h"
#include "unit.h"

static char folder[] = "/tmp/crumple-log-XXXXXX";
static int directory;

static void setup(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    directory = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(directory, 0);
}

static void teardown(void)
{
    char command[100];
    close(directory);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void append_text(const char *text)
{
    struct buffer line = {0};
    buffer_add_text(&line, text);
    ck_assert_int_eq(log_append(directory, &line), 0);
    buffer_release(&line);
}

/* A log that is larger than it should be, whose last line is torn. */
static void make_large_log(void)
{
    int fd = openat(directory, CRUMPLE_INDEX_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(ftruncate(fd, CRUMPLE_INDEX_MAX - 2), 0);
    ck_assert_int_eq(pwrite(fd, "\nlast", 5, CRUMPLE_INDEX_MAX - 2), 5);
    close(fd);
}

static off_t size_of(const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : status.st_size;
}

/* Reads both files and compares the end of the older one, and the current one. */
static void expect_text(const char *older_end, const char *current)
{
    struct buffer text = {0};
    size_t older_size, length = strlen(older_end);
    ck_assert_int_eq(log_read(directory, &text, &older_size), 0);
    ck_assert_uint_ge(older_size, length);
    ck_assert_mem_eq(text.data + older_size - length, older_end, length);
    ck_assert_uint_eq(text.size - older_size, strlen(current));
    ck_assert_mem_eq(text.data + older_size, current, strlen(current));
    buffer_release(&text);
}

START_TEST(a_large_log_is_renamed_and_both_are_read)
{
    append_text("older\n");
    ck_assert_int_eq(log_rotate(directory), 0);
    ck_assert_int_eq(size_of(CRUMPLE_INDEX_OLDER), -1);
    make_large_log();
    ck_assert_int_eq(log_rotate(directory), 0);
    ck_assert_int_eq(size_of(CRUMPLE_INDEX_NAME), -1);
    expect_text("\nlast\n", "");
    append_text("first\n");
    expect_text("\nlast\n", "first\n");
    ck_assert_int_eq(log_rotate(directory), 0);
    expect_text("\nlast\n", "first\n");
}
END_TEST

START_TEST(of_a_huge_older_log_the_end_is_read)
{
    struct buffer text = {0};
    size_t older_size;
    make_large_log();
    ck_assert_int_eq(log_rotate(directory), 0);
    int fd = openat(directory, CRUMPLE_INDEX_OLDER, O_WRONLY);
    ck_assert_int_eq(ftruncate(fd, INT64_C(1) << 40), 0);
    close(fd);
    append_text("first\n");
    ck_assert_int_eq(log_read(directory, &text, &older_size), 0);
    ck_assert_uint_gt(older_size, CRUMPLE_INDEX_MAX);
    ck_assert_uint_le(older_size, 4 * CRUMPLE_INDEX_MAX + 1);
    ck_assert_uint_eq(text.size - older_size, 6);
    buffer_release(&text);
}
END_TEST

/* What lies in the place of the older file: the current one is read all the same. */
START_TEST(an_older_log_that_is_a_trap_is_left_out)
{
    append_text("first\n");
    ck_assert_int_eq(symlinkat("/etc/passwd", directory, CRUMPLE_INDEX_OLDER), 0);
    expect_text("", "first\n");
    unlinkat(directory, CRUMPLE_INDEX_OLDER, 0);
    ck_assert_int_eq(mkfifoat(directory, CRUMPLE_INDEX_OLDER, 0600), 0);
    expect_text("", "first\n");
    make_large_log();
    ck_assert_int_eq(log_rotate(directory), 0); /* a pipe is replaced */
    ck_assert_int_gt(size_of(CRUMPLE_INDEX_OLDER), CRUMPLE_INDEX_MAX);
}
END_TEST

START_TEST(a_folder_in_the_way_is_an_error_and_the_log_grows_on)
{
    int rotate_error;
    ck_assert_int_eq(mkdirat(directory, CRUMPLE_INDEX_OLDER, 0700), 0);
    make_large_log();
    ck_assert_int_eq(log_rotate(directory), -EISDIR);
    ck_assert_int_eq(upkeep_run(directory, 5, &rotate_error), 0);
    ck_assert_int_eq(rotate_error, -EISDIR);
    append_text("first\n");
    ck_assert_int_eq(size_of(CRUMPLE_INDEX_NAME), CRUMPLE_INDEX_MAX + 3 + 1 + 6);
}
END_TEST

START_TEST(a_log_whose_lock_is_held_is_renamed_by_a_later_call)
{
    make_large_log();
    int fd = openat(directory, CRUMPLE_INDEX_NAME, O_RDONLY);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_int_eq(log_rotate(directory), 0);
    ck_assert_int_gt(size_of(CRUMPLE_INDEX_NAME), CRUMPLE_INDEX_MAX);
    append_text("without the lock\n");
    close(fd);
    ck_assert_int_eq(log_rotate(directory), 0);
    expect_text("\nlast\nwithout the lock\n", "");
}
END_TEST

#define WRITERS 3
#define ROUNDS  60
#define BATCH   100

/* Appends lines of 150 bytes in batches: 5.4 MB of all writers together, one file and a part of the next. */
static void append_many(int writer)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct buffer lines = {0};
        for (int i = 0; i < BATCH; i++)
            buffer_format(
                &lines, "{\"event\":\"contained\",\"exe\":\"/x\",\"routine\":\"r%d\",\"title\":\"%0230d\"}\n",
                writer, round);
        if (log_append(directory, &lines) < 0)
            _exit(1);
        buffer_release(&lines);
    }
    _exit(0);
}

START_TEST(nothing_is_lost_while_the_log_is_renamed)
{
    int running = WRITERS, ended, rotate_error;
    struct buffer text = {0};
    size_t older_size, lines = 0;
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0)
            append_many(i);
    while (running > 0) {
        ck_assert_int_eq(upkeep_run(directory, 500, &rotate_error), 0);
        ck_assert_int_eq(rotate_error, 0);
        while (waitpid(-1, &ended, WNOHANG) > 0) {
            ck_assert_int_eq(ended, 0);
            running--;
        }
    }
    ck_assert_int_eq(log_read(directory, &text, &older_size), 0);
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    ck_assert_uint_eq(lines, WRITERS * ROUNDS * BATCH);
    ck_assert_uint_gt(older_size, CRUMPLE_INDEX_MAX);
    buffer_release(&text);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_large_log_is_renamed_and_both_are_read);
    tcase_add_test(tests, of_a_huge_older_log_the_end_is_read);
    tcase_add_test(tests, an_older_log_that_is_a_trap_is_left_out);
    tcase_add_test(tests, a_folder_in_the_way_is_an_error_and_the_log_grows_on);
    tcase_add_test(tests, a_log_whose_lock_is_held_is_renamed_by_a_later_call);
    tcase_add_test(tests, nothing_is_lost_while_the_log_is_renamed);
}
