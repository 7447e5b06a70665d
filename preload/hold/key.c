/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hook of bind. See hold/key.h. */
#include "hold/key.h"

#include <netinet/in.h>
#include <sys/un.h>

#include "base/sys.h"
#include "base/text.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static bool key_v4(const struct sockaddr_in *address, size_t bytes, struct crumple_hold_key *ret)
{
    struct sockaddr_in *to = (struct sockaddr_in *)&ret->address;
    if (bytes < sizeof *address || !address->sin_port)
        return false;
    to->sin_family = AF_INET;
    to->sin_port = address->sin_port;
    to->sin_addr = address->sin_addr;
    ret->address_bytes = sizeof *to;
    return true;
}

/* A scope belongs to link-local addresses only (ipv6_iface_scope_id() of the kernel's net/ipv6.h). */
static bool key_v6(const struct sockaddr_in6 *address, size_t bytes, struct crumple_hold_key *ret)
{
    struct sockaddr_in6 *to = (struct sockaddr_in6 *)&ret->address;
    const uint8_t *a = address->sin6_addr.s6_addr;
    if (bytes < sizeof *address || !address->sin6_port)
        return false;
    to->sin6_family = AF_INET6;
    to->sin6_port = address->sin6_port;
    to->sin6_addr = address->sin6_addr;
    to->sin6_scope_id = a[0] == 0xfe && (a[1] & 0xc0) == 0x80 ? address->sin6_scope_id : 0;
    ret->address_bytes = sizeof *to;
    return true;
}

/* The length of a path counts its NUL, however the program has counted; a name without one is not a path (unix(7)). */
static bool key_unix(const struct sockaddr_un *address, size_t bytes, struct crumple_hold_key *ret)
{
    struct sockaddr_un *to = (struct sockaddr_un *)&ret->address;
    size_t n = 0;
    if (bytes <= PATH_AT || bytes > sizeof *address)
        return false;
    to->sun_family = AF_UNIX;
    if (!address->sun_path[0]) {
        safe_copy(to->sun_path, address->sun_path, bytes - PATH_AT);
        ret->address_bytes = (uint32_t)bytes;
        return bytes > PATH_AT + 1;
    }
    while (n < bytes - PATH_AT && address->sun_path[n])
        n++;
    safe_copy(to->sun_path, address->sun_path, n);
    ret->address_bytes = (uint32_t)(PATH_AT + n + 1);
    return true;
}

bool safe_hold_key_address(const struct sockaddr_storage *address, size_t bytes, struct crumple_hold_key *ret)
{
    safe_zero(&ret->address, sizeof ret->address);
    ret->address_bytes = 0;
    if (bytes < sizeof address->ss_family || address->ss_family != ret->family)
        return false;
    switch (ret->family) {
    case AF_INET:
        return key_v4((const struct sockaddr_in *)address, bytes, ret);
    case AF_INET6:
        return key_v6((const struct sockaddr_in6 *)address, bytes, ret);
    case AF_UNIX:
        return key_unix((const struct sockaddr_un *)address, bytes, ret);
    }
    return false;
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
