/* SPDX-License-Identifier: MIT */
/* Unit tests of --die-of: how it is read, and that each end of the process is the one that is wanted. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die_of.h"
#include "unit.h"

START_TEST(the_option_is_a_signal_and_a_time)
{
    static const char *const wrong[] = {"",     "11",    "11:",   ":5",   "0:5", "11:0",
                                        "-1:5", "11:-5", "11:5x", "64:5", "x:5"};
    struct die_of die_of = {1, 2};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_ne(die_of_parse(wrong[i], &die_of), 0);
    ck_assert_int_eq(die_of.signal, 1);
    ck_assert_int_eq(die_of_parse("11:9900", &die_of), 0);
    ck_assert_int_eq(die_of.signal, 11);
    ck_assert_int_eq(die_of.ms, 9900);
}
END_TEST

enum way { BY_ABORT, BY_EXIT, BY_FAULT, BY_ANOTHER_SIGNAL, BY_TIME, AT_THE_END, WAYS };

static _Noreturn void end(enum way way)
{
    const struct die_of die_of = {SIGTRAP, way == BY_TIME ? 20 : 60000};
    sigset_t all;
    /* As the shim hands it over; and a signal that came meanwhile. */
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    if (way == BY_ANOTHER_SIGNAL)
        (void)kill(getpid(), SIGABRT);
    (void)kill(getpid(), SIGTERM);
    die_of_prepare(&die_of, 1);
    if (way == BY_ABORT)
        abort();
    if (way == BY_EXIT)
        exit(3);
    if (way == BY_FAULT)
        (void)raise(SIGSEGV);
    while (way == BY_TIME)
        (void)pause();
    die_of_now();
}

START_TEST(every_end_is_the_one_that_is_wanted)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        end((enum way)_i);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP && !WCOREDUMP(status),
                  "way %d: status %x", _i, status);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_option_is_a_signal_and_a_time);
    tcase_add_loop_test(tests, every_end_is_the_one_that_is_wanted, 0, WAYS);
}
