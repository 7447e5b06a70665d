/* SPDX-License-Identifier: MIT */
/* Requests for held sockets by processes that may not have them, or that do not know how to ask. */
#include <dirent.h>
#include <sys/resource.h>

#include "asking.h"

#define NOBODY 65534

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static int as_other_child(void)
{
    int fd = -1;
    if (tell_helper(0) != -EPERM) /* not the server's own process */
        return 1;
    if (hand(listen_here()) != -1) /* not the helper */
        return 2;
    if (getuid() != 0)
        return 0;
    return setgid(NOBODY) == 0 && setuid(NOBODY) == 0 && take(port, &fd) == -EPERM ? 0 : 3;
}

static int as_server_of_many(void)
{
    if (tell_helper(1) != -EINVAL || tell_helper(getpid()) != -EINVAL || tell_helper(getppid()) != -EINVAL)
        return 1;
    const pid_t child = fork(); /* its own child is none of crumple-run's */
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    const int status = tell_helper(child);
    (void)kill(child, SIGKILL);
    if (status != -EINVAL || hand(listen_here()) != -1)
        return 2;
    return tell_helper(0) == 0 ? 0 : 3;
}

START_TEST(others_are_refused)
{
    begin();
    die_once();
    reap_helper();
    find_port();
    const size_t before = count_descriptors();
    const pid_t server = run_child(as_server_of_many);
    hold_life_began(&hold, server, "");
    ck_assert_int_eq(serve(server), 0);
    const pid_t other = run_child(as_other_child);
    ck_assert_int_eq(serve(other), 0);
    const int own = connect_to_run(); /* a process that is no descendant */
    ck_assert_int_ge(own, 0);
    turn(10);
    ck_assert_int_eq(read_answer(own, NULL), -1);
    (void)close(own);
    turn(0);
    ck_assert_uint_eq(count_descriptors(), before);
    ck_assert_uint_eq(hold.held.count, 1);
}
END_TEST

static int as_stammerer(void)
{
    const int null = open("/dev/null", O_RDONLY);
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_NAME);
    char bytes[4096] = {0};
    for (size_t size = 1; size < sizeof bytes; size = size * 3 + 1) {
        const int fd = connect_to_run();
        if (send_request(fd, bytes, size, &null, 1) != 0 || read_answer(fd, NULL) != -1)
            return 1;
        (void)close(fd);
    }
    if (ask(&request, NULL, 0, NULL) != -ENODATA)
        return 2;
    request.count = 1; /* only a helper brings descriptors */
    if (ask(&request, &null, 1, NULL) != -1)
        return 3;
    request.count = 0;
    if (ask(&request, &null, 1, NULL) != -ENODATA) /* it is dropped */
        return 4;
    request.version = 2;
    return ask(&request, NULL, 0, NULL) == -1 ? 0 : 5;
}

static int as_crowd(void)
{
    int fds[40], answered = 0;
    const struct crumple_hold_request request = request_of(CRUMPLE_HOLD_NAME);
    for (int i = 0; i < 40; i++)
        fds[i] = connect_to_run(); /* and say nothing */
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++)
        if (send_request(fds[i], &request, sizeof request, NULL, 0) == 0 &&
            read_answer(fds[i], NULL) == -ENODATA)
            answered++;
    for (int i = 0; i < 40; i++)
        (void)close(fds[i]);
    return answered == HOLD_CLIENTS_MAX ? 0 : 1;
}

START_TEST(what_is_no_request_costs_a_connection_and_no_more)
{
    begin();
    const size_t before = count_descriptors();
    hold.server = run_child(as_stammerer);
    ck_assert_int_eq(serve(hold.server), 0);
    hold.server = run_child(as_crowd);
    ck_assert_int_eq(serve(hold.server), 0);
    for (int i = 0; i < 10; i++)
        turn(0);
    ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

static int as_silent(void)
{
    (void)connect_to_run();
    return pause();
}

START_TEST(a_connection_that_says_nothing_has_its_time)
{
    begin();
    const pid_t silent = run_child(as_silent);
    hold_life_began(&hold, silent, "");
    while (hold.clients[0].fd < 0)
        turn(10);
    const int wait_ms = hold_step(&hold, clock_us());
    ck_assert_int_gt(wait_ms, 0);
    ck_assert_int_le(wait_ms, 3000);
    ck_assert_int_eq(hold_step(&hold, clock_us() + 3000000), -1);
    ck_assert_int_eq(hold.clients[0].fd, -1);
    ck_assert_int_eq(kill(silent, SIGKILL), 0);
    ck_assert_int_eq(waitpid(silent, NULL, 0), silent);
}
END_TEST

/* Asks for the socket, and ends before the answer has come. */
static int as_hasty_server(void)
{
    const struct crumple_hold_request request = request_to_take(port);
    return send_request(connect_to_run(), &request, sizeof request, NULL, 0);
}

static int as_patient_server(void)
{
    int fd = -1;
    return take(port, &fd);
}

START_TEST(what_is_on_its_way_to_a_dead_server_is_held_on)
{
    begin();
    die_once();
    reap_helper();
    find_port();
    const size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        const pid_t server = run_child(as_hasty_server);
        hold_life_began(&hold, server, "");
        ck_assert_int_eq(serve(server), 0);
        hold_server_died(&hold, server, clock_us());
        turn(10);
        turn(0);
        ck_assert_uint_eq(hold.held.count, 1);
        ck_assert_uint_eq(count_descriptors(), before);
    }
}
END_TEST

START_TEST(a_socket_that_has_come_is_the_servers_alone)
{
    begin();
    die_once();
    reap_helper();
    find_port();
    const size_t before = count_descriptors();
    const pid_t server = run_child(as_patient_server);
    hold_life_began(&hold, server, "");
    ck_assert_int_eq(serve(server), 0);
    turn(10);
    turn(0);
    ck_assert_uint_eq(hold.held.count, 0);
    ck_assert_uint_eq(count_descriptors(), before - 1);
}
END_TEST

static int as_late_taker(void)
{
    while (take(port, NULL) == 0)
        ;
    return take(port, NULL) == -ENODATA ? 0 : 1;
}

START_TEST(without_a_free_descriptor_nothing_stands_in_the_way_of_a_bind)
{
    begin();
    die_once();
    reap_helper();
    find_port();
    const int free_one = dup(STDIN_FILENO);
    ck_assert_int_eq(close(free_one), 0);
    const pid_t server = run_child(as_late_taker);
    hold_life_began(&hold, server, "");
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){(rlim_t)free_one, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    while (hold.held.count)
        turn(1);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_is_on_its_way_to_a_dead_server_is_held_on);
    tcase_add_test(tests, a_socket_that_has_come_is_the_servers_alone);
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, without_a_free_descriptor_nothing_stands_in_the_way_of_a_bind);
    tcase_add_test(tests, others_are_refused);
    tcase_add_test(tests, what_is_no_request_costs_a_connection_and_no_more);
    tcase_add_test(tests, a_connection_that_says_nothing_has_its_time);
}
