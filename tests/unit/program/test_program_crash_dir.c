/* SPDX-License-Identifier: MIT */
/* The crash directory of this process, as another would look for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program_crash_dir.h"
#include "unit.h"

static struct program_crash_dirs dirs;
static char base[] = "/tmp/crumple-unit-XXXXXX", found[PATH_MAX];

static void begin(void)
{
    struct program_process self;
    ck_assert_int_eq(program_process_read(getpid(), 0, &self), 0);
    ck_assert_int_eq(program_crash_dirs_open(getpid(), &self, &dirs), 0);
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_str_eq(dirs.prefix, "");
    ck_assert_str_eq(dirs.path[0], "");
    snprintf(dirs.path[0], PATH_MAX, "%s", base);
}

static void touch(const char *format)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/", base);
    snprintf(path + n, sizeof path - (size_t)n, format, (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static int find(void)
{
    return program_crash_dirs_find(&dirs, 1795955509000000, found); /* 2026-11-29T12:31:49 */
}

START_TEST(what_a_process_has_left_since)
{
    begin();
    ck_assert_int_eq(find(), PROGRAM_CRASH_NONE);
    touch("20261129T123148.999999Z-victim-%d.tar.zst");  /* before */
    touch("20261129T123150.000000Z-victim-1%d.tar.zst"); /* another's */
    touch(".20261129T123150.000000Z-victim-%d.core.tmp");
    touch("crashes.ndjson");
    ck_assert_int_eq(find(), PROGRAM_CRASH_NONE);
    touch("20261129T123149.000001Z-victim-%d.core");
    ck_assert_int_eq(find(), PROGRAM_CRASH_CORE);
    touch("20261129T123149.000001Z-victim-%d.tar.zst");
    ck_assert_int_eq(find(), PROGRAM_CRASH_BUNDLE);
    ck_assert(strncmp(found, base, strlen(base)) == 0 && strstr(found, "/20261129T123149.000001Z-victim-"));
}
END_TEST

START_TEST(a_file_is_put_and_removed_and_no_link_is_followed)
{
    char path[PATH_MAX], text[8] = "";
    begin();
    ck_assert_int_eq(program_crash_dirs_put(&dirs, ".dump-1", "why"), 0);
    snprintf(path, sizeof path, "%s/.dump-1", base);
    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof text), 3);
    close(fd);
    ck_assert_str_eq(text, "why");
    ck_assert_int_eq(program_crash_dirs_put(&dirs, ".dump-1", "other"), -EEXIST);
    ck_assert_int_eq(program_crash_dirs_put(&dirs, ".dump-1", NULL), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(symlink("/tmp/crumple-unit-nowhere", path), 0);
    ck_assert_int_eq(program_crash_dirs_put(&dirs, ".dump-1", "why"), -EEXIST);
    ck_assert_int_eq(access("/tmp/crumple-unit-nowhere", F_OK), -1);
}
END_TEST

START_TEST(the_directory_that_a_process_shows)
{
    begin();
    ck_assert_int_eq(chdir(base), 0);
    dirs.path[0][0] = '\0';
    ck_assert(program_crash_dirs_learn(&dirs, getpid()));
    ck_assert_str_eq(dirs.path[0], base);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_a_process_has_left_since);
    tcase_add_test(tests, a_file_is_put_and_removed_and_no_link_is_followed);
    tcase_add_test(tests, the_directory_that_a_process_shows);
}
