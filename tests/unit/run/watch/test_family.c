/* SPDX-License-Identifier: MIT */
/* A family of three generations, and nobody else. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "watch/family.h"

/* A child that has a child. Returns its pid; the grandchild's is written to the pipe. */
static pid_t make(int to)
{
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild > 0)
            (void)!write(to, &grandchild, sizeof grandchild);
        pause();
        _exit(0);
    }
    return child;
}

START_TEST(descendants_are_found_and_nobody_else)
{
    int ends[2];
    pid_t grandchild = 0, found[8];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = make(ends[1]);
    ck_assert_int_eq(read(ends[0], &grandchild, sizeof grandchild), (int)sizeof grandchild);
    ck_assert_uint_eq(family_find(child, found, 8), 2);
    ck_assert_int_eq(found[0], child);
    ck_assert_int_eq(found[1], grandchild);
    ck_assert_uint_eq(family_find(child, found, 1), 1);
    ck_assert_uint_eq(family_find(getpid(), found, 8), 3);
    kill(grandchild, SIGKILL);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_uint_eq(family_find(getpid(), found, 8), 1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, descendants_are_found_and_nobody_else);
}
