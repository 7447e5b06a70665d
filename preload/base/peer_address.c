/* SPDX-License-Identifier: MIT */
/* Safe file: runs anywhere. See base/peer_address.h. */
#include "base/peer_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "base/text.h"

#define GROUPS 8 /* of an IPv6 address */

/* ::ffff:a.b.c.d, as a dual-stack listener sees IPv4. */
static bool is_mapped(const uint8_t *address)
{
    for (int i = 0; i < 10; i++)
        if (address[i])
            return false;
    return address[10] == 0xff && address[11] == 0xff;
}

static void set(struct safe_peer *peer, uint8_t family, const uint8_t *address, size_t bytes)
{
    peer->family = family;
    for (size_t i = 0; i < bytes; i++)
        peer->address[i] = address[i];
}

static struct safe_peer ask(long call, int fd)
{
    struct safe_peer peer = {0};
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } address;
    socklen_t bytes = sizeof address;
    const uint8_t *v6 = (const uint8_t *)&address.v6.sin6_addr;
    if (safe_call(call, fd, &address, &bytes) < 0 || bytes < sizeof(sa_family_t))
        return peer;
    if (address.any.sa_family == AF_INET)
        set(&peer, 4, (const uint8_t *)&address.v4.sin_addr, 4);
    else if (address.any.sa_family == AF_INET6 && is_mapped(v6))
        set(&peer, 4, v6 + 12, 4);
    else if (address.any.sa_family == AF_INET6)
        set(&peer, 6, v6, 16);
    return peer;
}

struct safe_peer safe_peer_of(int fd)
{
    return ask(SYS_getpeername, fd);
}

struct safe_peer safe_peer_own(int fd)
{
    return ask(SYS_getsockname, fd);
}

static void add_v4(struct safe_text *t, const uint8_t *address)
{
    for (int i = 0; i < 4; i++) {
        safe_text_add(t, i ? "." : "");
        safe_text_add_u64(t, address[i]);
    }
}

static void add_group(struct safe_text *t, unsigned group)
{
    char digits[5];
    int n = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (group >> shift || !shift)
            digits[n++] = "0123456789abcdef"[group >> shift & 15];
    safe_text_add_n(t, digits, (size_t)n);
}

/* RFC 5952: the longest run of at least two zero groups, the first of equal ones, becomes '::'. */
static void add_v6(struct safe_text *t, const uint8_t *address)
{
    unsigned group[GROUPS];
    int k, start = GROUPS, length = 1;
    for (int i = 0; i < GROUPS; i++)
        group[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
    for (int i = 0; i < GROUPS; i++) {
        k = i;
        for (; k < GROUPS && !group[k];)
            k++;
        if (k - i > length) {
            start = i;
            length = k - i;
        }
    }
    for (int i = 0; i < GROUPS; i++) {
        if (i == start) {
            safe_text_add(t, "::");
            i += length - 1;
            continue;
        }
        safe_text_add(t, i && i != start + length ? ":" : "");
        add_group(t, group[i]);
    }
}

void safe_peer_text(const struct safe_peer *peer, char *buffer, size_t size)
{
    struct safe_text t = safe_text_on(buffer, size);
    if (peer->family == 4)
        add_v4(&t, peer->address);
    else if (peer->family == 6 && is_mapped(peer->address))
        add_v4(&t, peer->address + 12);
    else if (peer->family == 6)
        add_v6(&t, peer->address);
}
