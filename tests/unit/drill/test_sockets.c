/* SPDX-License-Identifier: MIT */
/* The port of a drill's server. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockets.h"
#include "unit.h"

/* Two children of one parent have the same range, as two drills that one shell starts one after the other may have. */
static pid_t choose(int to)
{
    pid_t pid = fork();

    if (pid == 0) {
        int port = drill_sockets_choose_port(0);

        if (write(to, &port, sizeof port) == sizeof port)
            pause();
        _exit(1);
    }
    return pid;
}

START_TEST(two_drills_never_have_the_same_port)
{
    int ends[2], ports[3];
    pid_t pids[3];

    ck_assert_int_eq(pipe(ends), 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = choose(ends[1]);
        ck_assert_int_eq(read(ends[0], &ports[i], sizeof ports[i]), sizeof ports[i]);
        ck_assert_int_gt(ports[i], 0);
    }
    ck_assert_int_ne(ports[0], ports[1]);
    kill(pids[0], SIGKILL);
    waitpid(pids[0], NULL, 0);
    pids[2] = choose(ends[1]);
    ck_assert_int_eq(read(ends[0], &ports[2], sizeof ports[2]), sizeof ports[2]);
    ck_assert_int_eq(ports[2], ports[0]); /* free again */
    for (int i = 1; i < 3; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
}
END_TEST

START_TEST(a_drill_goes_round_in_its_range)
{
    int first = drill_sockets_choose_port(1), second = drill_sockets_choose_port(1);

    ck_assert_int_gt(first, 0);
    ck_assert_int_ne(first, second);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, two_drills_never_have_the_same_port);
    tcase_add_test(tests, a_drill_goes_round_in_its_range);
}
