/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lookup/package.h"
#include "unit.h"

static char root[64];

static void put(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", root, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void begin(void)
{
    char path[100];
    snprintf(root, sizeof root, "/tmp/crumple-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(path, sizeof path, "%s/info", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    put("status", "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n\n"
                  "Package: coreutils\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9.1-1\n"
                  "Description: tools\n of every day\n\n"
                  "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n\n"
                  "Package: nothing\nStatus: install ok installed\nArchitecture: all\n");
    put("info/gone.list", "/usr/bin/game\n");
    put("info/coreutils.list", "/.\n/bin\n/bin/ls\n/usr/bin/env\n/usr/bin/lsx");
    put("info/libc6:amd64.list", "/lib/x86_64-linux-gnu/libc.so.6\n");
}

static void end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

static void expect(const char *path, const char *package)
{
    char *found = package_of_path(root, path);
    if (package)
        ck_assert_pstr_eq(found, package);
    else
        ck_assert_ptr_null(found);
    free(found);
}

START_TEST(the_package_that_has_the_path)
{
    expect("/usr/bin/env", "coreutils 9.1-1");
    expect("/bin/ls", "coreutils 9.1-1");
    expect("/usr/bin/lsx", "coreutils 9.1-1");
    /* Where /bin is a link to /usr/bin, the list has the old name. */
    expect("/usr/bin/ls", "coreutils 9.1-1");
    expect("/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6 2.36-9");
}
END_TEST

START_TEST(other_paths_are_of_no_package)
{
    expect("/usr/bin/game", NULL); /* it is not installed any more */
    expect("/usr/bin/en", NULL);
    expect("sr/bin/env", NULL);
    expect("/bin/l", NULL);
    expect("", NULL);
    expect("/.\n/bin", NULL);
    put("status",
        "Package: ../../etc/passwd\nStatus: install ok installed\n\nPackage\nVersion\n\n\n\nStatus: installed");
    expect("/usr/bin/env", NULL);
}
END_TEST

START_TEST(no_database_is_no_error)
{
    char *found = package_of_path("/nonexistent", "/usr/bin/env");
    ck_assert_ptr_null(found);
}
END_TEST

START_TEST(a_note_of_the_linker)
{
    static const char note[] =
        "{\"type\":\"rpm\",\"name\":\"nginx\",\"version\":\"1.24.0-1.fc39\",\"architecture\":\"x86_64\"}\0\0";
    char *found = package_of_note(note, sizeof note);
    ck_assert_pstr_eq(found, "nginx 1.24.0-1.fc39");
    free(found);
    found = package_of_note("{\"name\":7}", 10);
    ck_assert_ptr_null(found);
    found = package_of_note("{\"name", 6);
    ck_assert_ptr_null(found);
    found = package_of_note("[1]", 3);
    ck_assert_ptr_null(found);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, the_package_that_has_the_path);
    tcase_add_test(tests, other_paths_are_of_no_package);
    tcase_add_test(tests, no_database_is_no_error);
    tcase_add_test(tests, a_note_of_the_linker);
}
