/* SPDX-License-Identifier: MIT */
/* Which signals of crumple-run are the server's: all that it has not had already. */
#include <signal.h>

#include "child/signals.h"
#include "unit.h"

enum { SELF = 10, SERVER = 11, OTHER = 12 };

static bool is_for_server(int signo, int code, pid_t sender, bool own_group, bool is_leader)
{
    const struct signals_place place = {SELF, SERVER, own_group, is_leader};
    const struct signalfd_siginfo info = {
        .ssi_signo = (uint32_t)signo, .ssi_code = code, .ssi_pid = (uint32_t)sender};
    return signals_is_for_server(&info, &place);
}

START_TEST(what_somebody_sends_is_the_servers)
{
    for (int signo = 1; signo <= SIGRTMAX; signo++) {
        ck_assert_int_eq(is_for_server(signo, SI_USER, OTHER, false, false), signo != SIGCHLD);
        ck_assert_int_eq(is_for_server(signo, SI_QUEUE, OTHER, true, false), signo != SIGCHLD);
        /* Of another PID namespace: the sender has no number here. */
        ck_assert_int_eq(is_for_server(signo, SI_USER, 0, false, true), signo != SIGCHLD);
    }
}
END_TEST

START_TEST(what_this_process_sends_is_its_own)
{
    ck_assert(!is_for_server(SIGPIPE, SI_USER, SELF, false, false));
    ck_assert(!is_for_server(SIGXFSZ, SI_USER, SELF, true, true));
}
END_TEST

START_TEST(what_the_server_sends_to_its_group_it_has_already)
{
    ck_assert(!is_for_server(SIGUSR1, SI_USER, SERVER, false, false));
    ck_assert(!is_for_server(SIGTERM, SI_TKILL, SERVER, false, false));
    ck_assert(is_for_server(SIGUSR1, SI_USER, SERVER, true, false));
}
END_TEST

START_TEST(what_a_terminal_sends_to_the_group_the_server_has_already)
{
    static const int of_terminal[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
    for (size_t i = 0; i < sizeof of_terminal / sizeof *of_terminal; i++) {
        ck_assert(!is_for_server(of_terminal[i], SI_KERNEL, 0, false, false));
        ck_assert(!is_for_server(of_terminal[i], SI_KERNEL, 0, false, true));
        ck_assert(is_for_server(of_terminal[i], SI_KERNEL, 0, true, false));
        ck_assert(is_for_server(of_terminal[i], SI_USER, OTHER, false, false));
    }
    ck_assert(is_for_server(SIGALRM, SI_KERNEL, 0, false, false));
}
END_TEST

START_TEST(the_end_of_a_terminal_comes_to_the_sessions_leader_alone)
{
    ck_assert(is_for_server(SIGHUP, SI_KERNEL, 0, false, true));
    ck_assert(is_for_server(SIGCONT, SI_KERNEL, 0, false, true));
    ck_assert(!is_for_server(SIGHUP, SI_KERNEL, 0, false, false));
    ck_assert(!is_for_server(SIGCONT, SI_KERNEL, 0, false, false));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_somebody_sends_is_the_servers);
    tcase_add_test(tests, what_this_process_sends_is_its_own);
    tcase_add_test(tests, what_the_server_sends_to_its_group_it_has_already);
    tcase_add_test(tests, what_a_terminal_sends_to_the_group_the_server_has_already);
    tcase_add_test(tests, the_end_of_a_terminal_comes_to_the_sessions_leader_alone);
}
