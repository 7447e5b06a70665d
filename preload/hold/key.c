/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hook of bind. See hold/key.h. */
#include "hold/key.h"

#include <netinet/in.h>
#include <sys/un.h>

#include "base/sys.h"
#include "base/text.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

bool safe_hold_key_address(const struct sockaddr_storage *address, size_t bytes, struct crumple_hold_key *ret)
{
    const struct sockaddr_un *name = (const struct sockaddr_un *)address;
    if (bytes < PATH_AT + 1 || bytes > sizeof *address || address->ss_family != ret->family)
        return false;
    /* The kernel chooses the name of 'no path' (unix(7), autobind). Both families of TCP have the port at the same place. */
    if (ret->family == AF_UNIX
            ? bytes == PATH_AT + 1 && !name->sun_path[0]
            : bytes < PATH_AT + sizeof(in_port_t) || !((const struct sockaddr_in *)address)->sin_port)
        return false;
    safe_zero(&ret->address, sizeof ret->address);
    safe_copy(&ret->address, address, bytes);
    ret->address_bytes = (uint32_t)bytes;
    return true;
}

static int option(int fd, int level, int name)
{
    int value = 0;
    uint32_t bytes = sizeof value;
    return safe_call(SYS_getsockopt, fd, level, name, &value, &bytes) == 0 ? value : 0;
}

/* A name of AF_UNIX is more than its family. */
static bool is_bound(int fd, int family)
{
    struct sockaddr_storage now;
    uint32_t bytes = sizeof now;
    safe_zero(&now, sizeof now);
    if (safe_call(SYS_getsockname, fd, &now, &bytes) < 0)
        return true;
    return family == AF_UNIX ? bytes > PATH_AT : ((struct sockaddr_in *)&now)->sin_port != 0;
}

bool safe_hold_key_socket(int fd, struct crumple_hold_key *ret)
{
    uint32_t bytes = sizeof ret->device;
    safe_zero(ret, sizeof *ret);
    if (option(fd, SOL_SOCKET, SO_TYPE) != SOCK_STREAM)
        return false;
    ret->family = option(fd, SOL_SOCKET, SO_DOMAIN);
    ret->type = SOCK_STREAM;
    ret->protocol = option(fd, SOL_SOCKET, SO_PROTOCOL);
    if ((ret->family != AF_INET && ret->family != AF_INET6 && ret->family != AF_UNIX) ||
        is_bound(fd, ret->family))
        return false;
    if (ret->family == AF_INET6)
        ret->only_v6 = option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
    if (ret->family == AF_UNIX)
        return true;
    ret->reuse_port = option(fd, SOL_SOCKET, SO_REUSEPORT) != 0;
    if (safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, ret->device, &bytes) < 0)
        safe_zero(ret->device, sizeof ret->device);
    return true;
}
