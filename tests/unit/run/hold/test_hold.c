/* SPDX-License-Identifier: MIT */
/* Lives and deaths of a server. */
#include "asking.h"

static int as_taker(void)
{
    int fd = -1, accepting = 0;
    socklen_t bytes = sizeof accepting;
    if (take(htons(1), &fd) != -ENOENT || take(port, &fd) != 0)
        return 1;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &bytes) < 0 || !accepting)
        return 2;
    return take(port, NULL) == -ENODATA ? 0 : 3; /* nothing is held any more */
}

START_TEST(the_next_life_gets_what_the_last_one_left)
{
    char variable[HOLD_VARIABLE_BYTES], wanted[HOLD_VARIABLE_BYTES];
    begin();
    ck_assert(hold_variable(&hold, false, variable, sizeof variable));
    snprintf(wanted, sizeof wanted, "%d h %s", (int)getpid(), hold.name);
    ck_assert_str_eq(variable, wanted);
    for (int i = 0; i < 3; i++) {
        die_once();
        reap_helper();
        find_port();
        ck_assert_uint_eq(hold_counts(&hold).held, 1);
        ck_assert(hold_variable(&hold, true, variable, sizeof variable));
        snprintf(wanted, sizeof wanted, "%d ht %s", (int)getpid(), hold.name);
        ck_assert_str_eq(variable, wanted);
        const pid_t next = run_child(as_taker);
        hold_life_began(&hold, next, "");
        ck_assert_int_eq(serve(next), 0);
        ck_assert_uint_eq(hold.held.count, 0);
        hold_server_died(&hold, next, clock_us());
        ck_assert(hold_is_handed(&hold)); /* it had no helper */
    }
    ck_assert(hold_variable(&hold, true, variable, sizeof variable));
    ck_assert_ptr_null(strchr(variable, 't'));
}
END_TEST

START_TEST(nothing_is_held_without_restart)
{
    const struct run_settings none = {.restart = RUN_RESTART_NO};
    char variable[HOLD_VARIABLE_BYTES];
    struct pollfd fds[HOLD_FDS_MAX];
    hold_begin(&hold, &none);
    ck_assert(!hold_variable(&hold, false, variable, sizeof variable));
    ck_assert_int_eq(hold_fds(&hold, fds, HOLD_FDS_MAX), 0);
    hold_life_began(&hold, 1, "");
    hold_server_died(&hold, 1, 1);
    ck_assert(hold_is_handed(&hold));
    ck_assert_int_eq(hold_step(&hold, 1), -1);
    hold_release(&hold);
    hold_end(&hold);
}
END_TEST

START_TEST(a_helper_that_does_not_answer_is_killed)
{
    begin();
    is_silent = true;
    die_once();
    const pid_t helper = hold.helper;
    ck_assert(hold_is_helper(&hold, helper) && !hold_is_handed(&hold));
    ck_assert_int_le(hold_step(&hold, clock_us()), 500);
    const int64_t before_us = clock_us();
    reap_helper();
    ck_assert_int_le(clock_us() - before_us, 1500000);
    ck_assert_int_eq(kill(helper, 0), -1);
    ck_assert_uint_eq(hold.held.count, 0);
}
END_TEST

START_TEST(what_nobody_takes_is_closed)
{
    begin();
    die_once();
    reap_helper();
    find_port();
    const int fd = hold.held.all[0].fd;
    const int64_t died_us = hold.died_us;
    ck_assert_int_le(hold_step(&hold, died_us), 2000);
    (void)hold_step(&hold, died_us + 1999999);
    ck_assert_uint_eq(hold.held.count, 1);
    ck_assert_int_eq(hold_step(&hold, died_us + 2000000), -1);
    ck_assert_uint_eq(hold.held.count, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

static int as_asked_to_end(void)
{
    const int fd = listen_here();
    if (tell_helper(make_helper(fd, false)) != 0)
        return 1;
    (void)pause();
    return 2;
}

static int as_late(void)
{
    return tell_helper(0) == -ESHUTDOWN ? 0 : 1;
}

START_TEST(after_a_release_nothing_is_held_until_the_next_life)
{
    begin();
    const pid_t server = run_child(as_asked_to_end);
    hold_life_began(&hold, server, "");
    while (!hold.helper)
        turn(1);
    const pid_t helper = hold.helper;
    hold_release(&hold);
    ck_assert(hold_is_helper(&hold, helper) && !hold_is_handed(&hold));
    ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
    ck_assert(hold_reaped(&hold, helper) && hold_is_handed(&hold));
    hold.server = run_child(as_late);
    ck_assert_int_eq(serve(hold.server), 0);
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    hold_server_died(&hold, server, clock_us());
    ck_assert(hold_is_handed(&hold));
    ck_assert_uint_eq(hold.held.count, 0);
}
END_TEST

static int as_hasty_server(void)
{
    (void)make_helper(listen_here(), false); /* and it dies before it can name it */
    return 0;
}

static int end_strays(void)
{
    int pid, found = 0;
    FILE *children = fopen("/proc/thread-self/children", "r");
    ck_assert_ptr_nonnull(children);
    while (fscanf(children, "%d", &pid) == 1)
        found += hold_end_stray(&hold, pid);
    (void)fclose(children);
    return found;
}

START_TEST(a_helper_that_nobody_has_named_is_ended)
{
    begin();
    const pid_t server = run_child(as_hasty_server);
    hold_life_began(&hold, server, "");
    ck_assert_int_eq(serve(server), 0);
    const pid_t other = run_child(pause);
    ck_assert(!hold_end_stray(&hold, other)); /* the server lives, as far as is known */
    hold_server_died(&hold, server, clock_us());
    ck_assert(!hold_end_stray(&hold, other) && !hold_end_stray(&hold, getpid()));
    while (end_strays() == 0) /* it may not have its name yet */
        turn(1);
    ck_assert(!hold_is_handed(&hold));
    ck_assert_int_eq(kill(other, SIGKILL), 0);
    ck_assert_int_eq(waitpid(other, NULL, 0), other);
    reap_helper();
}
END_TEST

/* --- a daemon ----------------------------------------------------------------------------------------------- */

static int as_daemon_maker(void)
{
    const pid_t parent = getpid();
    const int fd = listen_here();
    if (tell_helper(make_helper(fd, false)) != 0)
        return 1;
    const pid_t child = fork();
    if (child)
        return 0;
    (void)setsid();
    (void)alarm(LIFE_S);
    while (getppid() == parent)
        (void)usleep(1000);
    const pid_t helper = make_helper(fd, false);
    if (tell_helper(helper) != 0)
        _exit(1);
    (void)pause();
    _exit(0);
}

START_TEST(a_daemon_is_the_server_when_its_parent_has_ended)
{
    begin();
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    const pid_t first = run_child(as_daemon_maker);
    hold_life_began(&hold, first, "");
    while (!hold.noted[0].helper)
        turn(1); /* the first one is dead, and nobody has reaped it */
    const pid_t server = hold.noted[0].owner, helper = hold.noted[0].helper;
    ck_assert(hold_is_helper(&hold, helper));
    ck_assert_int_eq(hold.helper_owner, first);
    ck_assert_int_eq(waitpid(first, NULL, 0), first);
    hold_adopted(&hold, server);
    ck_assert_int_eq(hold.server, server);
    ck_assert_int_eq(hold.helper_owner, server);
    ck_assert_int_eq(hold.helper, helper);
    ck_assert_uint_eq(hold.held.count, 0);
    while (!hold_is_handed(&hold)) { /* the first one's helper was killed */
        const pid_t pid = waitpid(-1, NULL, WNOHANG);
        ck_assert(pid <= 0 || hold_reaped(&hold, pid));
    }
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    hold_server_died(&hold, server, clock_us());
    reap_helper();
    ck_assert_uint_eq(hold.held.count, 1);
}
END_TEST

/* As PostgreSQL's: each process has a session of its own, and all are crumple-run's when the first one is dead. */
static int as_master(void)
{
    const pid_t parent = getpid();
    const int fd = listen_here();
    if (tell_helper(make_helper(fd, false)) != 0)
        return 1;
    if (fork() == 0) {
        (void)setsid();
        (void)alarm(LIFE_S);
        while (getppid() == parent)
            (void)usleep(1000);
        _exit(tell_helper(make_helper(fd, false)) == -EPERM ? 0 : 1);
    }
    (void)raise(SIGKILL);
    return 2;
}

START_TEST(workers_of_a_dead_master_are_no_daemons)
{
    int status = 0;
    begin();
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    const pid_t server = run_child(as_master);
    hold_life_began(&hold, server, "");
    for (siginfo_t info = {0}; !info.si_pid; turn(1))
        ck_assert_int_eq(waitid(P_PID, (id_t)server, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    for (int i = 0; i < 50; i++)
        turn(1);
    ck_assert_int_eq(hold.helper_owner, server);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    hold_server_died(&hold, server, clock_us());
    while (!hold_is_handed(&hold) || hold.held.count == 0) {
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0 && !hold_reaped(&hold, pid))
            ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) == 0);
        (void)end_strays();
        turn(1);
    }
    ck_assert_uint_eq(hold.held.count, 1);
    ck_assert_uint_eq(hold_counts(&hold).held, 1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, the_next_life_gets_what_the_last_one_left);
    tcase_add_test(tests, nothing_is_held_without_restart);
    tcase_add_test(tests, a_helper_that_does_not_answer_is_killed);
    tcase_add_test(tests, what_nobody_takes_is_closed);
    tcase_add_test(tests, after_a_release_nothing_is_held_until_the_next_life);
    tcase_add_test(tests, a_helper_that_nobody_has_named_is_ended);
    tcase_add_test(tests, workers_of_a_dead_master_are_no_daemons);
    tcase_add_test(tests, a_daemon_is_the_server_when_its_parent_has_ended);
}
