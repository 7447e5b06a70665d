/* SPDX-License-Identifier: MIT */
/* Lives and deaths of a server, with processes that ask as its shim and its hold helper do, and with others that may not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "hold/hold.h"
#include "unit.h"

#define NOBODY 65534

static struct hold hold;
static uint16_t port; /* of the server, in the network's order */

static const struct run_settings settings = {.restart = RUN_RESTART_ALWAYS, .hold_max_us = 2000000};

static void begin(void)
{
    setenv("CRUMPLE_BREAKER", "peer=off", 1);
    hold_begin(&hold, &settings);
    ck_assert_int_ge(hold.fd, 0);
}

/* --- in processes that ask -------------------------------------------------------------------------------- */

static int connect_to_run(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t size = strlen(hold.name);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path + 1, hold.name, size);
    return connect(fd, (struct sockaddr *)&address,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)) < 0
               ? -1
               : fd;
}

static struct crumple_hold_request request_of(enum crumple_hold_kind kind)
{
    return (struct crumple_hold_request){.version = CRUMPLE_HOLD_VERSION, .kind = kind};
}

static int send_request(int to, const void *request, size_t size, const int *fds, size_t count)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(CRUMPLE_HOLD_DESCRIPTORS * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)request, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, count * sizeof(int));
    }
    return sendmsg(to, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The status; -1: the connection was closed. */
static int read_answer(int from, int *ret_fd)
{
    struct crumple_hold_answer answer;
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {&answer, sizeof answer};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(from, &message, 0) != (ssize_t)sizeof answer || answer.version != CRUMPLE_HOLD_VERSION)
        return -1;
    if (ret_fd)
        *ret_fd = -1;
    if (ret_fd && CMSG_FIRSTHDR(&message))
        memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof *ret_fd);
    return answer.status;
}

static int ask(const struct crumple_hold_request *request, const int *fds, size_t count, int *ret_fd)
{
    const int fd = connect_to_run();
    int status = fd < 0 ? -errno : send_request(fd, request, sizeof *request, fds, count);
    if (!status)
        status = read_answer(fd, ret_fd);
    (void)close(fd);
    return status;
}

static int take(uint16_t of, int *ret_fd)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_TAKE);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = of, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    request.key = (struct crumple_hold_key){
        .family = AF_INET, .type = SOCK_STREAM, .protocol = IPPROTO_TCP, .address_bytes = sizeof address};
    memcpy(&request.key.address, &address, sizeof address);
    return ask(&request, NULL, 0, ret_fd);
}

static int tell_helper(pid_t helper)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_HELPER);
    request.helper = helper;
    return ask(&request, NULL, 0, NULL);
}

static int listen_here(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    return fd;
}

static int hand(int fd)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_HAND);
    request.count = 1;
    return ask(&request, &fd, 1, NULL);
}

/* The hold helper: shares the server's descriptors, and is a child of the server's parent. */
static pid_t make_helper(int listening, bool is_silent)
{
    const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid)
        return pid;
    sigset_t asked;
    int got;
    (void)sigfillset(&asked);
    (void)sigprocmask(SIG_SETMASK, &asked, NULL);
    (void)sigemptyset(&asked);
    (void)sigaddset(&asked, SIGUSR1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigwait(&asked, &got);
    while (is_silent)
        (void)pause();
    _exit(hand(listening) == 0 ? 0 : 1);
}

/* --- this process is crumple-run ------------------------------------------------------------------------ */

static void turn(int wait_ms)
{
    struct pollfd fds[HOLD_FDS_MAX];
    const int count = hold_fds(&hold, fds, HOLD_FDS_MAX);
    (void)poll(fds, (nfds_t)count, wait_ms);
    (void)hold_step(&hold, clock_us());
}

/* Answers until the process has ended. Returns its exit status. */
static int serve(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) != pid)
        turn(1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static pid_t run_child(int (*body)(void))
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    return pid;
}

static bool is_silent;

static int as_server(void)
{
    port = 0;
    const int fd = listen_here();
    if (tell_helper(make_helper(fd, is_silent)) != 0)
        return 1;
    (void)raise(SIGKILL);
    return 2;
}

static void die_once(void)
{
    const pid_t server = run_child(as_server);
    hold_life_began(&hold, server, "");
    ck_assert_int_eq(serve(server), -SIGKILL);
    hold_server_died(&hold, server, clock_us());
}

static void reap_helper(void)
{
    const int64_t end_us = clock_us() + 3000000;
    while (!hold_is_handed(&hold) && clock_us() < end_us) {
        const pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid > 0)
            ck_assert(hold_reaped(&hold, pid));
        turn(1);
    }
    ck_assert(hold_is_handed(&hold));
}

static void find_port(void)
{
    ck_assert_uint_eq(hold.held.count, 1);
    port = ((const struct sockaddr_in *)&hold.held.all[0].key.address)->sin_port;
}

static int as_taker(void)
{
    int fd = -1, accepting = 0;
    socklen_t bytes = sizeof accepting;
    if (take(htons(1), &fd) != -ENOENT || take(port, &fd) != 0)
        return 1;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &bytes) < 0 || !accepting)
        return 2;
    return take(port, NULL) == -ENOENT ? 0 : 3;
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

/* --- who may not ------------------------------------------------------------------------------------------ */

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
    if (ask(&request, NULL, 0, NULL) != -ENOENT)
        return 2;
    request.count = 1; /* only a helper brings descriptors */
    if (ask(&request, &null, 1, NULL) != -1)
        return 3;
    request.count = 0;
    if (ask(&request, &null, 1, NULL) != -ENOENT) /* it is dropped */
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
            read_answer(fds[i], NULL) == -ENOENT)
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
    while (hold.helper_owner == 0 || hold.helper_owner == first)
        turn(1); /* the first one is dead, and nobody has reaped it */
    const pid_t server = hold.helper_owner;
    ck_assert_int_eq(waitpid(first, NULL, 0), first);
    hold_adopted(&hold, server);
    ck_assert_int_eq(hold.server, server);
    ck_assert_int_eq(hold.helper_owner, server);
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

UNIT_TESTS(tests)
{
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, the_next_life_gets_what_the_last_one_left);
    tcase_add_test(tests, nothing_is_held_without_restart);
    tcase_add_test(tests, a_helper_that_does_not_answer_is_killed);
    tcase_add_test(tests, what_nobody_takes_is_closed);
    tcase_add_test(tests, after_a_release_nothing_is_held_until_the_next_life);
    tcase_add_test(tests, others_are_refused);
    tcase_add_test(tests, what_is_no_request_costs_a_connection_and_no_more);
    tcase_add_test(tests, a_connection_that_says_nothing_has_its_time);
    tcase_add_test(tests, a_daemon_is_the_server_when_its_parent_has_ended);
}
