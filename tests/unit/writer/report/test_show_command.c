/* SPDX-License-Identifier: MIT */
#include "report/show_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char root[64];

static void begin(void)
{
    snprintf(root, sizeof root, "/tmp/test-show-command-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void end(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static const char *below(const char *path)
{
    static char paths[4][256];
    static unsigned next;
    char *text = paths[next++ % 4];
    snprintf(text, sizeof paths[0], "%s%s", root, path);
    return text;
}

static void make_dir(const char *path)
{
    ck_assert_int_eq(mkdir(below(path), 0755), 0);
}

static void make_file(const char *path, mode_t mode)
{
    int fd = open(below(path), O_WRONLY | O_CREAT | O_EXCL, mode);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void finds(const char *writer, const char *expected)
{
    char crumple[512];
    const char *const dirs[] = {below("/usr/local/bin"), below("/usr/bin"), NULL};
    show_command_find(below(writer), dirs, crumple, sizeof crumple);
    ck_assert_str_eq(crumple, expected[0] == '/' ? below(expected) : expected);
}

START_TEST(the_one_beside_the_writer_by_its_path)
{
    make_dir("/opt");
    finds("/opt/crumple-writer", "crumple");
    make_file("/opt/crumple", 0644);
    finds("/opt/crumple-writer", "crumple");
    ck_assert_int_eq(chmod(below("/opt/crumple"), 0755), 0);
    finds("/opt/crumple-writer", "/opt/crumple");
}
END_TEST

START_TEST(by_its_name_if_a_shell_finds_the_same_file)
{
    make_dir("/opt");
    make_dir("/usr");
    make_dir("/usr/bin");
    make_dir("/usr/local");
    make_dir("/usr/local/bin");
    make_file("/opt/crumple", 0755);
    ck_assert_int_eq(symlink(below("/opt/crumple"), below("/usr/bin/crumple")), 0);
    finds("/opt/crumple-writer", "crumple");
    make_file("/usr/local/bin/crumple", 0755); /* another version, which a shell finds first */
    finds("/opt/crumple-writer", "/opt/crumple");
}
END_TEST

START_TEST(below_a_prefix)
{
    make_dir("/opt");
    make_dir("/opt/lib");
    make_dir("/opt/lib/crumple");
    make_dir("/opt/bin");
    make_file("/opt/lib/crumple/crumple", 0755);
    finds("/opt/lib/crumple/crumple-writer", "/opt/lib/crumple/crumple");
    ck_assert_int_eq(symlink("../lib/crumple/crumple", below("/opt/bin/crumple")), 0);
    finds("/opt/lib/crumple/crumple-writer", "/opt/bin/crumple");
    finds("/opt/lib/other/crumple-writer", "crumple");
    make_dir("/usr");
    make_dir("/usr/bin");
    make_dir("/usr/lib");
    make_dir("/usr/lib/crumple");
    make_file("/usr/bin/crumple", 0755);
    finds("/usr/lib/crumple/crumple-writer", "crumple");
}
END_TEST

START_TEST(a_writer_that_does_not_know_where_it_lies)
{
    char crumple[64];
    const char *const none[] = {NULL};
    show_command_find("", none, crumple, sizeof crumple);
    ck_assert_str_eq(crumple, "crumple");
}
END_TEST

static void quotes(const char *text, const char *expected)
{
    struct buffer out = {0};
    show_command_quote(text, &out);
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, expected);
    buffer_release(&out);
}

START_TEST(words_of_a_shell)
{
    quotes("/var/crash/crumple/0/20261128T222828.523278Z-redis-server-7418.tar.zst",
           "/var/crash/crumple/0/20261128T222828.523278Z-redis-server-7418.tar.zst");
    quotes("", "''");
    quotes("/a b", "'/a b'");
    quotes("/a'b", "'/a'\\''b'");
    quotes("/$(id)`id`\"\\;&|<>*?[]{}~#!", "'/$(id)`id`\"\\;&|<>*?[]{}~#!'");
    quotes("/\x1b[31m\n", "'/?[31m?'");
    quotes("/\xe2\x80\xae", "'/?'");
    quotes("/caf\xc3\xa9", "'/caf\xc3\xa9'");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, the_one_beside_the_writer_by_its_path);
    tcase_add_test(tests, by_its_name_if_a_shell_finds_the_same_file);
    tcase_add_test(tests, below_a_prefix);
    tcase_add_test(tests, a_writer_that_does_not_know_where_it_lies);
    tcase_add_test(tests, words_of_a_shell);
}
