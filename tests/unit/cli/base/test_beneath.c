/* SPDX-License-Identifier: MIT */
/* Files below a directory: what leads out of it, and what stays in. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "unit.h"

static char folder[] = "/tmp/crumple-beneath-XXXXXX";
static int directory;

static void put(const char *name)
{
    FILE *to = fopen(name, "w");

    ck_assert_ptr_nonnull(to);
    fputs(name, to);
    fclose(to);
}

/* FOLDER/out, and FOLDER/in with files and links, which is the directory. */
static void begin(void)
{
    static const char *const links[][2] = {{"b.c", "in/a/same"},
                                           {"../a/b.c", "in/a/around"},
                                           {"a", "in/to-a"},
                                           {"../to-a/./b.c", "in/a/twice"},
                                           {"../out", "in/leaves"},
                                           {"/etc", "in/absolute"},
                                           {"loop", "in/loop"},
                                           {"../../out", "in/a/leaves"},
                                           {"deep/../../b.c", "in/a/up"},
                                           {"../a/d", "in/a/deep"},
                                           {"..", "in/parent"}};

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(
        mkdir("in", 0700) | mkdir("in/a", 0700) | mkdir("in/a/d", 0700) | mkfifo("in/fifo", 0600), 0);
    put("out");
    put("in/a/b.c");
    put("in/b.c");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        ck_assert_int_eq(symlink(links[i][0], links[i][1]), 0);
    directory = open("in", O_PATH | O_DIRECTORY);
    ck_assert_int_ge(directory, 0);
}

static void end(void)
{
    char command[64];

    close(directory);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const struct {
    const char *path, *found; /* NULL: an error */
    int error;
} paths[] = {
    {"a/b.c", "in/a/b.c", 0},
    {"a//./b.c", "in/a/b.c", 0},
    {"./b.c", "in/b.c", 0},
    {"a/same", "in/a/b.c", 0},
    {"a/around", "in/a/b.c", 0},
    {"to-a/b.c", "in/a/b.c", 0},
    {"to-a/../b.c", "in/b.c", 0},
    {"a/twice", "in/a/b.c", 0},
    {"a/up", "in/b.c", 0}, /* as the kernel: of the directory that the link means */
    {"a/d/../../a/b.c", "in/a/b.c", 0},
    {"../out", NULL, -EXDEV},
    {"a/../../in/b.c", NULL, -EXDEV},
    {"..", NULL, -EXDEV},
    {"/etc/passwd", NULL, -EXDEV},
    {"leaves", NULL, -EXDEV},
    {"a/leaves", NULL, -EXDEV},
    {"absolute/passwd", NULL, -EXDEV},
    {"parent/out", NULL, -EXDEV},
    {"loop", NULL, -ELOOP},
    {"fifo", NULL, -EINVAL},
    {"a", NULL, -EINVAL},
    {"to-a", NULL, -EINVAL},
    {"", NULL, -EINVAL},
    {".", NULL, -EINVAL},
    {"b.c/x", NULL, -ENOTDIR},
    {"none/b.c", NULL, -ENOENT},
};

START_TEST(a_path_stays_below_the_directory)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char text[64] = "";
        int fd = beneath_open(directory, paths[i].path);

        if (!paths[i].found) {
            ck_assert_msg(fd == paths[i].error, "%s: %d", paths[i].path, fd);
            continue;
        }
        ck_assert_msg(fd >= 0, "%s: %d", paths[i].path, fd);
        ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
        ck_assert_str_eq(text, paths[i].found);
        close(fd);
    }
}
END_TEST

START_TEST(what_is_too_long_ends)
{
    char text[PATH_MAX + 8] = "";

    memset(text, 'a', PATH_MAX - 1);
    ck_assert_int_eq(beneath_open(directory, text), -ENAMETOOLONG);
    text[PATH_MAX - 1] = 'a';
    ck_assert_int_eq(beneath_open(directory, text), -ENAMETOOLONG);
    memset(text, 0, sizeof text);
    for (int i = 0; i < 100; i++)
        strcat(text, "to-a/../");
    strcat(text, "b.c");
    ck_assert_int_eq(beneath_open(directory, text), -ELOOP);
    /* nothing stays open */
    int next = open("/", O_PATH);
    ck_assert_int_eq(next, directory + 1);
    close(next);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_path_stays_below_the_directory);
    tcase_add_test(tests, what_is_too_long_ends);
}
