/* SPDX-License-Identifier: MIT */
/* For the tests of run/hold: this process is crumple-run, and its children ask as a server's shim and its hold helper do. */
#ifndef CRUMPLE_TESTS_UNIT_RUN_HOLD_ASKING_H
#define CRUMPLE_TESTS_UNIT_RUN_HOLD_ASKING_H

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

#define LIFE_S 15 /* of a process that nobody ends, because the test has failed */

static struct hold hold;
static uint16_t port; /* of the server, in the network's order */

static const struct run_settings settings = {.restart = RUN_RESTART_ALWAYS, .hold_max_us = 2000000};

static inline void begin(void)
{
    setenv("CRUMPLE_BREAKER", "peer=off", 1);
    hold_begin(&hold, &settings);
    ck_assert_int_ge(hold.fd, 0);
}

/* --- in processes that ask -------------------------------------------------------------------------------- */

static inline int connect_to_run(void)
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

static inline struct crumple_hold_request request_of(enum crumple_hold_kind kind)
{
    return (struct crumple_hold_request){.version = CRUMPLE_HOLD_VERSION, .kind = kind};
}

static inline int send_request(int to, const void *request, size_t size, const int *fds, size_t count)
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
static inline int read_answer(int from, int *ret_fd)
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

static inline int ask(const struct crumple_hold_request *request, const int *fds, size_t count, int *ret_fd)
{
    const int fd = connect_to_run();
    int status = fd < 0 ? -errno : send_request(fd, request, sizeof *request, fds, count);
    if (!status)
        status = read_answer(fd, ret_fd);
    if (request->kind == CRUMPLE_HOLD_TAKE && status == 0) {
        const struct crumple_hold_request taken = request_of(CRUMPLE_HOLD_TAKEN);
        (void)send_request(fd, &taken, sizeof taken, NULL, 0);
    }
    (void)close(fd);
    return status;
}

static inline struct crumple_hold_request request_to_take(uint16_t of)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_TAKE);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = of, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    request.key = (struct crumple_hold_key){
        .family = AF_INET, .type = SOCK_STREAM, .protocol = IPPROTO_TCP, .address_bytes = sizeof address};
    memcpy(&request.key.address, &address, sizeof address);
    return request;
}

static inline int take(uint16_t of, int *ret_fd)
{
    const struct crumple_hold_request request = request_to_take(of);
    return ask(&request, NULL, 0, ret_fd);
}

static inline int tell_helper(pid_t helper)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_HELPER);
    request.helper = helper;
    return ask(&request, NULL, 0, NULL);
}

static inline int listen_here(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    return fd;
}

static inline int hand(int fd)
{
    struct crumple_hold_request request = request_of(CRUMPLE_HOLD_HAND);
    request.count = 1;
    return ask(&request, &fd, 1, NULL);
}

/* The hold helper: shares the server's descriptors, and is a child of the server's parent. */
static inline pid_t make_helper(int listening, bool is_silent)
{
    sigset_t asked, before;
    int got;
    (void)sigfillset(&asked);
    (void)sigprocmask(SIG_SETMASK, &asked, &before);
    const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        return pid;
    }
    (void)sigemptyset(&asked);
    (void)sigaddset(&asked, SIGUSR1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, CRUMPLE_HOLD_HELPER_NAME);
    (void)sigwait(&asked, &got);
    while (is_silent)
        (void)pause();
    _exit(hand(listening) == 0 ? 0 : 1);
}

/* --- this process is crumple-run ------------------------------------------------------------------------ */

static inline void turn(int wait_ms)
{
    struct pollfd fds[HOLD_FDS_MAX];
    const int count = hold_fds(&hold, fds, HOLD_FDS_MAX);
    (void)poll(fds, (nfds_t)count, wait_ms);
    (void)hold_step(&hold, clock_us());
}

/* Answers until the process has ended. Returns its exit status. */
static inline int serve(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) != pid)
        turn(1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline pid_t run_child(int (*body)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(LIFE_S);
        _exit(body());
    }
    return pid;
}

static bool is_silent;

static inline int as_server(void)
{
    port = 0;
    const int fd = listen_here();
    if (tell_helper(make_helper(fd, is_silent)) != 0)
        return 1;
    (void)raise(SIGKILL);
    return 2;
}

static inline void die_once(void)
{
    const pid_t server = run_child(as_server);
    hold_life_began(&hold, server, "");
    ck_assert_int_eq(serve(server), -SIGKILL);
    hold_server_died(&hold, server, clock_us());
}

static inline void reap_helper(void)
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

static inline void find_port(void)
{
    ck_assert_uint_eq(hold.held.count, 1);
    port = ((const struct sockaddr_in *)&hold.held.all[0].key.address)->sin_port;
}

#endif
