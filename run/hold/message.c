/* SPDX-License-Identifier: MIT */
#include "hold/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(CRUMPLE_HOLD_DESCRIPTORS * sizeof(int))];
};

int message_check(const void *bytes, size_t size, struct crumple_hold_request *ret)
{
    if (size != sizeof *ret)
        return -EPROTO;
    memcpy(ret, bytes, sizeof *ret);
    const bool is_known = ret->kind >= CRUMPLE_HOLD_HELPER && ret->kind <= CRUMPLE_HOLD_TAKEN;
    const bool may_bring = ret->kind == CRUMPLE_HOLD_HAND;
    if (ret->version != CRUMPLE_HOLD_VERSION || !is_known || ret->count > CRUMPLE_HOLD_DESCRIPTORS ||
        (ret->count && !may_bring))
        return -EPROTO;
    return 0;
}

int message_look(int fd, struct crumple_hold_request *ret)
{
    char bytes[sizeof *ret];
    ssize_t got;
    do
        got = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? -EAGAIN : -EPIPE;
    return got == 0 ? -EPIPE : message_check(bytes, (size_t)got, ret);
}

void message_drop(int fd)
{
    char byte;
    (void)!recv(fd, &byte, sizeof byte, MSG_DONTWAIT);
}

size_t message_take(int fd, int ret[CRUMPLE_HOLD_DESCRIPTORS], bool *ret_is_cut)
{
    struct crumple_hold_request request;
    union control control;
    struct iovec part = {&request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    size_t count = 0;
    if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
        return 0;
    *ret_is_cut = message.msg_flags & MSG_CTRUNC;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS && count == 0) {
            count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(ret, CMSG_DATA(at), count * sizeof(int));
        }
    return count;
}

int message_answer(int fd, int status, int descriptor)
{
    struct crumple_hold_answer answer = {.version = CRUMPLE_HOLD_VERSION, .status = status};
    union control control = {0};
    struct iovec part = {&answer, sizeof answer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof descriptor);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
