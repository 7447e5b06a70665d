/* SPDX-License-Identifier: MIT */
/* Paths in another root, while others rename files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program_root.h"
#include "unit.h"

static pid_t rename_for_ever(const char *dir)
{
    pid_t pid = fork();
    if (pid == 0) {
        ck_assert_int_eq(chdir(dir), 0);
        for (;;)
            (void)(rename("one", "two") + rename("two", "one"));
    }
    return pid;
}

START_TEST(a_rename_elsewhere_is_no_error)
{
    char dir[] = "/tmp/crumple-root-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/one", dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/a", dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    const int root = open(dir, O_PATH | O_DIRECTORY);
    const pid_t pid = rename_for_ever(dir);
    for (int i = 0; i < 20000; i++) {
        int fd = program_root_open(root, "/a/../../a/../a/..", O_PATH);
        if (fd == -ENOSYS || fd == -EPERM)
            break;
        ck_assert_int_ge(fd, 0);
        close(fd);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(root);
    snprintf(path, sizeof path, "rm -rf %s", dir);
    ck_assert_int_eq(system(path), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_rename_elsewhere_is_no_error);
}
