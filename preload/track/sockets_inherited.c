/* SPDX-License-Identifier: MIT */
/*
 * Safe file: the connection that was accepted before the first thread was made. A server that makes a thread
 * for each connection accepts its first one while it has no other thread, and accept is not redirected yet
 * then.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "track/sockets.h"
#include "base/sys.h"

#define FOUND_DESCRIPTORS 1024
#define FOUND_LISTENERS   16

/* A local address. */
struct found_name {
    socklen_t bytes;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } address;
};

static bool get_name(int fd, struct found_name *ret_name)
{
    ret_name->bytes = sizeof ret_name->address;
    return safe_call(SYS_getsockname, fd, &ret_name->address, &ret_name->bytes) == 0 &&
           ret_name->bytes > offsetof(struct sockaddr_un, sun_path) &&
           ret_name->bytes <= sizeof ret_name->address;
}

static bool is_listening_stream(int fd)
{
    socklen_t size = sizeof(int);
    int type = 0, listens = 0;
    if (safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
        return false;
    size = sizeof(int);
    return safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

bool safe_sockets_any_listening(void)
{
    for (int fd = 0; fd < FOUND_DESCRIPTORS; fd++)
        if (is_listening_stream(fd))
            return true;
    return false;
}

/* Accepted connections have the port of their listener, or its path; the address need not be the same. */
static bool is_from(const struct found_name *listener, const struct found_name *name)
{
    const char *a = listener->address.un.sun_path, *b = name->address.un.sun_path;
    socklen_t bytes = listener->bytes;
    switch (listener->address.any.sa_family) {
    case AF_INET:
    case AF_INET6: /* the port is at the same place in both */
        return listener->address.any.sa_family == name->address.any.sa_family &&
               listener->address.in.sin_port == name->address.in.sin_port;
    case AF_UNIX:
        if (name->address.any.sa_family != AF_UNIX || name->bytes != bytes)
            return false;
        for (socklen_t i = 0; i + offsetof(struct sockaddr_un, sun_path) < bytes; i++)
            if (a[i] != b[i])
                return false;
        return true;
    default:
        return false;
    }
}

static bool is_accepted(int fd, const struct found_name *listeners, size_t count)
{
    struct found_name name;
    if (!safe_sockets_is_connection(fd) || !get_name(fd, &name))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_from(&listeners[i], &name))
            return true;
    return false;
}

void safe_sockets_find_accepted(void)
{
    struct found_name listeners[FOUND_LISTENERS];
    size_t count = 0;
    int found = -1;
    for (int fd = 0; fd < FOUND_DESCRIPTORS && count < FOUND_LISTENERS; fd++)
        if (is_listening_stream(fd) && get_name(fd, &listeners[count]))
            count++;
    for (int fd = 0; count && fd < FOUND_DESCRIPTORS; fd++) {
        if (!is_accepted(fd, listeners, count))
            continue;
        if (found >= 0)
            return;
        found = fd;
    }
    if (found >= 0)
        safe_sockets_accepted(found);
}
