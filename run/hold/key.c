/* SPDX-License-Identifier: MIT */
#include "hold/key.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

/* An address as two families have it: what IPv6 has of IPv4 (::ffff:192.0.2.1) is IPv4. */
struct place {
    bool is_four, is_any;
    bool is_both; /* any address of both families */
    uint32_t scope;
    struct in6_addr address; /* the first four bytes, if it is IPv4 */
};

static bool normalise_four(struct crumple_hold_key *key)
{
    const struct sockaddr_in *given = (const struct sockaddr_in *)&key->address;
    const struct sockaddr_in kept = {
        .sin_family = AF_INET, .sin_port = given->sin_port, .sin_addr = given->sin_addr};
    if (key->address_bytes < sizeof kept || given->sin_family != AF_INET || !given->sin_port)
        return false;
    key->address = (struct sockaddr_storage){0};
    memcpy(&key->address, &kept, sizeof kept);
    key->address_bytes = sizeof kept;
    key->only_v6 = 0;
    return true;
}

/* The flow counts in no bind, the scope only in that of a link's own address (ipv6(7)). */
static bool normalise_six(struct crumple_hold_key *key)
{
    const struct sockaddr_in6 *given = (const struct sockaddr_in6 *)&key->address;
    struct sockaddr_in6 kept = {
        .sin6_family = AF_INET6, .sin6_port = given->sin6_port, .sin6_addr = given->sin6_addr};
    if (key->address_bytes < sizeof kept || given->sin6_family != AF_INET6 || !given->sin6_port)
        return false;
    if (IN6_IS_ADDR_LINKLOCAL(&kept.sin6_addr))
        kept.sin6_scope_id = given->sin6_scope_id;
    key->address = (struct sockaddr_storage){0};
    memcpy(&key->address, &kept, sizeof kept);
    key->address_bytes = sizeof kept;
    /* Of an address that is one of IPv6 only, bind(2) sets it. */
    key->only_v6 = key->only_v6 && IN6_IS_ADDR_UNSPECIFIED(&kept.sin6_addr);
    return true;
}

/* A path ends with the byte 0 or with the address; an abstract name begins with the byte 0 and has all bytes (unix(7)). A relative
 * path is known to the server alone: the next life may stand in another folder. */
static bool normalise_unix(struct crumple_hold_key *key)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&key->address;
    if (key->address_bytes <= PATH_AT || key->address_bytes > sizeof *address ||
        address->sun_family != AF_UNIX)
        return false;
    size_t size = key->address_bytes - PATH_AT;
    if (address->sun_path[0])
        size = strnlen(address->sun_path, size);
    else if (size == 1)
        return false;
    if (address->sun_path[0] && address->sun_path[0] != '/')
        return false;
    memset((char *)&key->address + PATH_AT + size, 0, sizeof key->address - PATH_AT - size);
    key->address_bytes = (uint32_t)(PATH_AT + size);
    key->only_v6 = key->reuse_port = 0;
    memset(key->device, 0, sizeof key->device);
    return true;
}

bool key_normalise(struct crumple_hold_key *key)
{
    const size_t named = strnlen(key->device, sizeof key->device);
    if (key->type != SOCK_STREAM || named == sizeof key->device)
        return false;
    memset(key->device + named, 0, sizeof key->device - named);
    memset(key->unused, 0, sizeof key->unused);
    key->reuse_port = key->reuse_port != 0;
    switch (key->family) {
    case AF_INET:
        return normalise_four(key);
    case AF_INET6:
        return normalise_six(key);
    case AF_UNIX:
        return normalise_unix(key);
    default:
        return false;
    }
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t bytes = sizeof value;
    return getsockopt(fd, level, name, &value, &bytes) < 0 ? 0 : value;
}

bool key_read(int fd, struct crumple_hold_key *ret)
{
    struct crumple_hold_key key = {.family = option(fd, SOL_SOCKET, SO_DOMAIN),
                                   .type = option(fd, SOL_SOCKET, SO_TYPE),
                                   .protocol = option(fd, SOL_SOCKET, SO_PROTOCOL)};
    socklen_t address_bytes = sizeof key.address, device_bytes = sizeof key.device;
    if (!option(fd, SOL_SOCKET, SO_ACCEPTCONN) ||
        getsockname(fd, (struct sockaddr *)&key.address, &address_bytes) < 0 ||
        address_bytes > sizeof key.address)
        return false;
    key.address_bytes = address_bytes;
    key.reuse_port = option(fd, SOL_SOCKET, SO_REUSEPORT) != 0;
    if (key.family == AF_INET6)
        key.only_v6 = option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
    if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, key.device, &device_bytes) < 0)
        memset(key.device, 0, sizeof key.device);
    if (!key_normalise(&key))
        return false;
    *ret = key;
    return true;
}

static uint16_t port_of(
    const struct crumple_hold_key *key) /* in the network's order; both families have it at the same place */
{
    return ((const struct sockaddr_in *)&key->address)->sin_port;
}

static struct place place_of(const struct crumple_hold_key *key)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)&key->address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&key->address;
    struct place place = {0};
    if (key->family == AF_INET) {
        place.is_four = true;
        memcpy(&place.address, &four->sin_addr, sizeof four->sin_addr);
    } else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        place.is_four = true;
        memcpy(&place.address, &six->sin6_addr.s6_addr[12], sizeof four->sin_addr);
    } else {
        place.address = six->sin6_addr;
        place.scope = six->sin6_scope_id;
    }
    place.is_any = IN6_IS_ADDR_UNSPECIFIED(&place.address);
    place.is_both = place.is_any && !place.is_four && !key->only_v6;
    return place;
}

/* As the kernel's inet_rcv_saddr_equal(). */
static bool overlap(const struct crumple_hold_key *a, const struct crumple_hold_key *b)
{
    const struct place one = place_of(a), other = place_of(b);
    if (a->device[0] && b->device[0] && strcmp(a->device, b->device) != 0)
        return false;
    if (one.is_both || other.is_both)
        return true;
    if (one.is_four != other.is_four)
        return false;
    return one.is_any || other.is_any ||
           (memcmp(&one.address, &other.address, sizeof one.address) == 0 && one.scope == other.scope);
}

static bool is_same(const struct crumple_hold_key *a, const struct crumple_hold_key *b)
{
    return a->family == b->family && a->type == b->type && a->protocol == b->protocol &&
           a->only_v6 == b->only_v6 && a->reuse_port == b->reuse_port && strcmp(a->device, b->device) == 0 &&
           a->address_bytes == b->address_bytes && memcmp(&a->address, &b->address, a->address_bytes) == 0;
}

enum key_relation key_compare(const struct crumple_hold_key *held, const struct crumple_hold_key *wanted)
{
    if (is_same(held, wanted))
        return KEY_SAME;
    /* Other names of AF_UNIX are in nobody's way. Protocols (MPTCP is one with TCP's ports) share the ports. */
    if (held->family == AF_UNIX || wanted->family == AF_UNIX || port_of(held) != port_of(wanted))
        return KEY_APART;
    if (!overlap(held, wanted) || (held->reuse_port && wanted->reuse_port))
        return KEY_APART;
    return KEY_IN_THE_WAY;
}

const char *key_path(const struct crumple_hold_key *key)
{
    const struct sockaddr_un *address = (const struct sockaddr_un *)&key->address;
    return key->family == AF_UNIX && address->sun_path[0] ? address->sun_path : NULL;
}
