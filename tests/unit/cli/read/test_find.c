/* SPDX-License-Identifier: MIT */
/* A crash directory may hold any names and any kind of file. Only regular files are ever opened. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/bundles.h"
#include "read/find.h"

/* A name, and what it tells: 'exe' and 'pid'; "" and -1 where it has not the form that crumple gives it. */
static const struct {
    const char *name, *exe;
    int64_t pid;
} names[] = {
    {"20260102T030405.000001Z-alpha-101.tar.zst", "alpha", 101},
    {"20260102T030405.000001Z-alpha-101.core", "alpha", 101},
    {"20260102T030405.000001Z-a-b-c-7.core", "a-b-c", 7},
    {"20260102T030405.000001Z--7.core", "", 7},
    {"20260102T030405.000001Z-alpha-9999999999.core", "alpha", 9999999999},
    {"20260102T030405.000001Z-alpha-99999999999.core", "", -1},
    {"20260102T030405.000001Z-alpha-.core", "", -1},
    {"20260102T030405.000001Z-alpha--1.core", "alpha-", 1},
    {"20260102T030405.000001Z-alpha-1x.core", "", -1},
    {"20260102T030405.000001Z-.core", "", -1},
    {"20260102T030405.000001Z.core", "", -1},
    {"20261302T030405.000001Z-alpha-101.core", "", -1},
    {"20260102T030405.00000.Z-alpha-101.core", "", -1},
    {"20260102T030405.000001Z-an-executable-with-a-name-longer-than-any-that-crumple-writes-into-a-name-1.core",
     "", -1},
    {"\n.core", "", -1},
    {"-x.core", "", -1},
    {"\033[31m\xff evil.tar.zst", "", -1},
};

static void no_trouble(const char *what, int error, void *context)
{
    (void)context;
    ck_abort_msg("%s: %s", what, strerror(error));
}

START_TEST(a_name_tells_what_it_can)
{
    struct find_list list = {0};
    bundles_put(names[_i].name, "", 0);
    ck_assert_int_eq(find_scan(bundles_folder, no_trouble, NULL, &list), 0);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_str_eq(list.entries[0].exe, names[_i].exe);
    ck_assert_int_eq(list.entries[0].pid, names[_i].pid);
    ck_assert_int_gt(list.entries[0].time_us, 0);
    find_clear(&list);
}
END_TEST

START_TEST(other_names_are_no_entries)
{
    static const char *const others[] = {".core",         ".tar.zst", "core",          "x.core.tmp",
                                         "x.tar.zst.tmp", "x.tar",    "crashes.ndjson"};
    struct find_list list = {0};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        bundles_put(others[i], "", 0);
    ck_assert_int_eq(find_scan(bundles_folder, no_trouble, NULL, &list), 0);
    ck_assert_uint_eq(list.count, 0);
    find_clear(&list);
}
END_TEST

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", bundles_folder, name);
    return path;
}

START_TEST(nothing_but_a_regular_file_is_opened)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct sockaddr_un here = address;
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    ck_assert_int_eq(mkdir(path_of("folder"), 0700), 0);
    ck_assert_int_eq(symlink("/dev/zero", path_of("device")), 0);
    ck_assert_int_eq(symlink("nowhere", path_of("dangling")), 0);
    ck_assert_int_eq(symlink("/proc/self/maps", path_of("made up")), 0);
    snprintf(here.sun_path, sizeof here.sun_path, "%s/socket", bundles_folder);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&here, sizeof here), 0);
    ck_assert_int_eq(find_open_regular(path_of("fifo"), 0), -EINVAL);
    ck_assert_int_eq(find_open_regular(path_of("folder"), 0), -EINVAL);
    ck_assert_int_eq(find_open_regular(path_of("device"), 0), -EINVAL);
    ck_assert_int_eq(find_open_regular(path_of("dangling"), 0), -ENOENT);
    ck_assert_int_eq(find_open_regular(path_of("made up"), 0), -EINVAL);
    ck_assert_int_eq(find_open_regular(path_of("socket"), 0), -EINVAL);
    close(listener);
}
END_TEST

START_TEST(a_link_is_followed_only_where_it_may_be)
{
    bundles_put("file", "x", 1);
    ck_assert_int_eq(symlink("file", path_of("link")), 0);
    int fd = find_open_regular(path_of("link"), 0);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(find_open_regular(path_of("link"), O_NOFOLLOW), -EINVAL);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, bundles_set_up, bundles_tear_down);
    tcase_add_loop_test(tests, a_name_tells_what_it_can, 0, sizeof names / sizeof *names);
    tcase_add_test(tests, other_names_are_no_entries);
    tcase_add_test(tests, nothing_but_a_regular_file_is_opened);
    tcase_add_test(tests, a_link_is_followed_only_where_it_may_be);
}
