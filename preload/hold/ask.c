/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, in the constructor and in the hold helper. See hold/ask.h. */
#include "hold/ask.h"

#include <errno.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define ANSWER_NS (CRUMPLE_HOLD_ANSWER_MS * UINT64_C(1000000))

/* The host's signals interrupt a call with a time of its own, whatever SA_RESTART says (signal(7)): it is made again until then. */
#define UNINTERRUPTED(result, CALL)                                                                          \
    do {                                                                                                     \
        uint64_t until_ns = safe_clock_ns(CLOCK_MONOTONIC) + ANSWER_NS;                                      \
        do                                                                                                   \
            (result) = (CALL);                                                                               \
        while ((result) == -EINTR && safe_clock_ns(CLOCK_MONOTONIC) < until_ns);                             \
    } while (0)

union rights {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * CRUMPLE_HOLD_DESCRIPTORS)];
};

struct crumple_hold_request safe_hold_request(enum crumple_hold_kind kind)
{
    struct crumple_hold_request request;
    safe_zero(&request, sizeof request);
    request.version = CRUMPLE_HOLD_VERSION;
    request.kind = kind;
    return request;
}

/* Anybody may have taken the name once its crumple-run is gone: the kernel says who listens (unix(7), SO_PEERCRED). */
static bool is_run(int fd, int run_pid)
{
    struct ucred peer = {0, 0, 0};
    uint32_t bytes = sizeof peer;
    return safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && peer.pid == run_pid;
}

int safe_hold_connect(const struct config_hold *hold)
{
    const struct timeval most = {CRUMPLE_HOLD_ANSWER_MS / 1000, CRUMPLE_HOLD_ANSWER_MS % 1000 * 1000};
    const size_t n = safe_strlen(hold->name);
    struct sockaddr_un address;
    int fd = (int)safe_call(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    safe_zero(&address, sizeof address);
    address.sun_family = AF_UNIX;
    safe_copy(address.sun_path + 1, hold->name, n);
    safe_call(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    safe_call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    long error;
    UNINTERRUPTED(error,
                  safe_call(SYS_connect, fd, &address, offsetof(struct sockaddr_un, sun_path) + 1 + n));
    if (error == 0 && !is_run(fd, hold->run_pid))
        error = -ECONNREFUSED;
    if (error < 0)
        safe_close(fd);
    return error < 0 ? (int)error : fd;
}

static long send_request(int connection, const struct crumple_hold_request *request, const int *fds)
{
    union rights rights;
    struct iovec part = {(void *)request, sizeof *request};
    struct msghdr message;
    safe_zero(&message, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (request->count) {
        safe_zero(&rights, sizeof rights);
        rights.header.cmsg_level = SOL_SOCKET;
        rights.header.cmsg_type = SCM_RIGHTS;
        rights.header.cmsg_len = CMSG_LEN(sizeof(int) * request->count);
        safe_copy(CMSG_DATA(&rights.header), fds, sizeof(int) * request->count);
        message.msg_control = &rights;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * request->count);
    }
    long sent;
    UNINTERRUPTED(sent, safe_call(SYS_sendmsg, connection, &message, MSG_NOSIGNAL));
    return sent < 0 ? sent : sent == (long)sizeof *request ? 0 : -EMSGSIZE;
}

/* The kernel closes descriptors for which there is no room. */
static long receive_answer(int connection, struct crumple_hold_answer *ret_answer, int *ret_fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights;
    struct iovec part = {ret_answer, sizeof *ret_answer};
    struct msghdr message;
    long got;
    safe_zero(&message, sizeof message);
    safe_zero(&rights, sizeof rights);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ret_fd ? &rights : NULL;
    message.msg_controllen = ret_fd ? sizeof rights : 0;
    UNINTERRUPTED(got, safe_call(SYS_recvmsg, connection, &message, MSG_CMSG_CLOEXEC));
    if (ret_fd && got >= 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
        rights.header.cmsg_level == SOL_SOCKET && rights.header.cmsg_type == SCM_RIGHTS)
        safe_copy(ret_fd, CMSG_DATA(&rights.header), sizeof *ret_fd);
    return got;
}

int safe_hold_exchange(int connection, const struct crumple_hold_request *request, const int *fds,
                       int *ret_fd)
{
    struct crumple_hold_answer answer = {0, 0};
    if (ret_fd)
        *ret_fd = -1;
    long error =
        request->count <= CRUMPLE_HOLD_DESCRIPTORS ? send_request(connection, request, fds) : -EINVAL;
    if (error < 0)
        return (int)error;
    long got = receive_answer(connection, &answer, ret_fd);
    if (got == (long)sizeof answer && answer.version == CRUMPLE_HOLD_VERSION)
        return answer.status <= 0 ? answer.status : -EPROTO;
    return got == -EAGAIN ? -ETIMEDOUT : got < 0 ? (int)got : got == 0 ? -ECONNRESET : -EPROTO;
}

int safe_hold_ask(const struct config_hold *hold, const struct crumple_hold_request *request, int *ret_fd)
{
    int connection = safe_hold_connect(hold);
    if (ret_fd)
        *ret_fd = -1;
    if (connection < 0)
        return connection;
    int status = safe_hold_exchange(connection, request, NULL, ret_fd);
    if (request->kind == CRUMPLE_HOLD_TAKE && ret_fd && *ret_fd >= 0) {
        const struct crumple_hold_request taken = safe_hold_request(CRUMPLE_HOLD_TAKEN);
        (void)send_request(connection, &taken, NULL);
    }
    safe_close(connection);
    return status;
}
