/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lookup/sources.h"
#include "unit.h"

#define ID "abcdef0123"

/* All places, one a line. */
struct list {
    char text[8192];
    size_t stop; /* after so many; 0: never */
    size_t count;
};

static bool add(const char *path, void *context)
{
    struct list *list = context;

    strcat(list->text, path);
    strcat(list->text, "\n");
    return ++list->count == list->stop;
}

static struct list places(const struct sources *sources, const char *path)
{
    struct list list = {.stop = 0};

    ck_assert(!sources_each(sources, path, ID, add, &list));
    return list;
}

START_TEST(without_options_the_own_path_and_the_installed_debug_file)
{
    struct list list = places(NULL, "/usr/bin/server");

    ck_assert_ptr_eq(strstr(list.text, "/usr/bin/server\n/usr/lib/debug/.build-id/ab/cdef0123.debug\n"),
                     list.text);
    ck_assert_ptr_nonnull(strstr(list.text, "\n/usr/lib/debug/usr/bin/server.debug\n"));
}
END_TEST

START_TEST(the_order_is_exe_sysroot_own_path_directories_fetched_installed)
{
    char fetched[] = "/cache/1";
    struct sources sources = {.exe = "old/server", .sysroot = {.path = "/image"}};
    sources.fetched.paths[0] = fetched;
    sources.fetched.count = 1;
    ck_assert_int_eq(sources_read_dir("first", &sources.debug_dirs), 0);
    ck_assert_int_eq(sources_read_dir("second", &sources.debug_dirs), 0);
    static const char *const order[] = {"old/server\n",
                                        "/image/usr/bin/server\n",
                                        "\n/usr/bin/server\n",
                                        "first/.build-id/ab/cdef0123.debug\n",
                                        "first/usr/bin/server.debug\n",
                                        "first/usr/bin/server\n",
                                        "first/server.debug\n",
                                        "first/server\n",
                                        "second/.build-id/ab/cdef0123.debug\n",
                                        "/cache/1\n",
                                        "/image/usr/lib/debug/.build-id/ab/cdef0123.debug\n",
                                        "\n/usr/lib/debug/.build-id/ab/cdef0123.debug\n"};
    struct list list = places(&sources, "/usr/bin/server");
    const char *before = list.text;

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const char *at = strstr(before, order[i]);

        ck_assert_msg(at != NULL, "%s is not behind the one before in:\n%s", order[i], list.text);
        before = at;
    }
}
END_TEST

START_TEST(the_first_that_is_taken_ends_the_search)
{
    struct list list = {.stop = 2};

    ck_assert(sources_each(NULL, "/usr/bin/server", ID, add, &list));
    ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(common_parts_of_dwz_have_their_place_below_each_directory)
{
    struct sources sources = {.sysroot = {.path = "/image"}};
    ck_assert_int_eq(sources_read_dir("dir", &sources.debug_dirs), 0);
    struct list list = places(&sources, "/usr/lib/debug/.dwz/x86_64-linux-gnu/server.debug");

    ck_assert_ptr_nonnull(strstr(list.text, "/image/usr/lib/debug/.dwz/x86_64-linux-gnu/server.debug\n"));
    ck_assert_ptr_nonnull(strstr(list.text, "\ndir/.dwz/x86_64-linux-gnu/server.debug\n"));
    /* as Fedora writes it */
    list = places(&sources, "../../../.dwz/server.debug");
    ck_assert_ptr_nonnull(strstr(list.text, "dir/.dwz/server.debug\n"));
    ck_assert_ptr_null(strstr(list.text, "\n../"));
}
END_TEST

START_TEST(a_path_that_is_too_long_is_no_place)
{
    static char path[6000] = "/";
    memset(path + 1, 'x', sizeof path - 2);
    struct list list = places(NULL, path);

    ck_assert_uint_eq(list.count, 1); /* by build-id alone */
}
END_TEST

START_TEST(only_so_many_directories_are_taken)
{
    struct sources_dirs dirs = {.count = 0};

    for (int i = 0; i < SOURCES_DIRS_MAX; i++)
        ck_assert_int_eq(sources_read_dir("dir", &dirs), 0);
    ck_assert_int_eq(sources_read_dir("dir", &dirs), -EINVAL);
    dirs.count = 0;
    ck_assert_int_eq(sources_read_dir("", &dirs), -EINVAL);
}
END_TEST

START_TEST(the_own_path_is_below_the_sysroot_where_something_is_there)
{
    struct sources sources = {.sysroot = {.path = "/nonexistent"}};
    char path[100];

    ck_assert(sources_own(&sources, "/bin/sh", path, sizeof path));
    ck_assert_str_eq(path, "/bin/sh");
    sources.sysroot.path = "/proc/self/root";
    ck_assert(sources_own(&sources, "/bin/sh", path, sizeof path));
    ck_assert_str_eq(path, "/proc/self/root/bin/sh");
    ck_assert(!sources_own(NULL, "/bin/sh", path, 4));
}
END_TEST

START_TEST(the_root_of_a_process_is_held_and_shown_by_its_name)
{
    struct sources sources = {.exe = NULL};
    char path[100], shown[100];

    ck_assert_int_eq(sources_read_root("/proc/self/root", &sources.sysroot), 0);
    ck_assert(sources_own(&sources, "/bin/sh", path, sizeof path));
    ck_assert_int_eq(strncmp(path, "/proc/self/fd/", 14), 0);
    ck_assert(sources_shown(&sources, path, shown, sizeof shown));
    ck_assert_str_eq(shown, "/proc/self/root/bin/sh");
    ck_assert(sources_shown(&sources, "/bin/sh", shown, sizeof shown));
    ck_assert_str_eq(shown, "/bin/sh");
    ck_assert(sources_shown(NULL, "/bin/sh", shown, sizeof shown));
    ck_assert_int_eq(sources_read_root("/image", &sources.sysroot), 0);
    ck_assert_str_eq(sources.sysroot.held, "");
    ck_assert_int_eq(sources_read_root("", &sources.sysroot), -EINVAL);
}
END_TEST

START_TEST(all_paths_are_named_for_the_sandbox)
{
    struct sources sources = {.exe = "exe", .sysroot = {.path = "root"}};
    const char *paths[SOURCES_PATHS_MAX];

    ck_assert_int_eq(sources_read_dir("dir", &sources.debug_dirs), 0);
    ck_assert_uint_eq(sources_paths(&sources, paths), 3);
    ck_assert_str_eq(paths[0], "dir");
    ck_assert_uint_eq(sources_paths(&(struct sources){.exe = NULL}, paths), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, without_options_the_own_path_and_the_installed_debug_file);
    tcase_add_test(tests, the_order_is_exe_sysroot_own_path_directories_fetched_installed);
    tcase_add_test(tests, the_first_that_is_taken_ends_the_search);
    tcase_add_test(tests, common_parts_of_dwz_have_their_place_below_each_directory);
    tcase_add_test(tests, a_path_that_is_too_long_is_no_place);
    tcase_add_test(tests, only_so_many_directories_are_taken);
    tcase_add_test(tests, the_own_path_is_below_the_sysroot_where_something_is_there);
    tcase_add_test(tests, the_root_of_a_process_is_held_and_shown_by_its_name);
    tcase_add_test(tests, all_paths_are_named_for_the_sandbox);
}
