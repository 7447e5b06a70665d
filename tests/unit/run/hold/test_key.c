/* SPDX-License-Identifier: MIT */
/* Which sockets are the same one, and which ones stand in each other's way: what the functions say is what the kernel does. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hold/key.h"
#include "unit.h"

enum { V6ONLY = 1, REUSEPORT = 2 };

static int open_socket(const char *address, int flags)
{
    const int on = 1, off = 0;
    const int fd = socket(strchr(address, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    if (flags & REUSEPORT)
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    if (strchr(address, ':'))
        ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, flags & V6ONLY ? &on : &off, sizeof on),
                         0);
    return fd;
}

static socklen_t fill(struct sockaddr_storage *ret, const char *address, uint16_t port)
{
    struct sockaddr_in *four = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        return sizeof *four;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, address, &six->sin6_addr), 1);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return sizeof *six;
}

static int listen_on(const char *address, uint16_t port, int flags)
{
    struct sockaddr_storage to;
    const socklen_t bytes = fill(&to, address, port);
    const int fd = open_socket(address, flags);
    if (bind(fd, (struct sockaddr *)&to, bytes) == 0 && listen(fd, 1) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static struct crumple_hold_key key_of(const char *address, uint16_t port, int flags)
{
    struct crumple_hold_key key = {.family = strchr(address, ':') ? AF_INET6 : AF_INET,
                                   .type = SOCK_STREAM,
                                   .protocol = IPPROTO_TCP,
                                   .only_v6 = (flags & V6ONLY) != 0,
                                   .reuse_port = (flags & REUSEPORT) != 0};
    memset((char *)&key.address_bytes + sizeof key.address_bytes, 0xee,
           sizeof key.address); /* padding counts for nothing */
    key.address_bytes = fill(&key.address, address, port);
    ck_assert(key_normalise(&key));
    return key;
}

/* All pairs of these: is the second refused where the first is held? */
static const struct {
    const char *address;
    int flags;
} sockets[] = {
    {"0.0.0.0", 0},         {"127.0.0.1", 0},
    {"127.0.0.2", 0},       {"::", 0},
    {"::", V6ONLY},         {"::1", 0},
    {"::1", V6ONLY},        {"::ffff:127.0.0.1", 0},
    {"0.0.0.0", REUSEPORT}, {"127.0.0.1", REUSEPORT},
    {"::", REUSEPORT},      {"::1", REUSEPORT},
    {"::ffff:0.0.0.0", 0},
};

/* Whether the function and the kernel agree. Another process may have the same port at an address of its own. */
static bool agrees(size_t i, size_t j)
{
    static uint16_t port = 20000; /* below those that the kernel gives to clients */
    int first;
    while ((first = listen_on(sockets[i].address, ++port, sockets[i].flags)) < 0)
        ck_assert_uint_lt(port, 30000);
    const int second = listen_on(sockets[j].address, port, sockets[j].flags);
    struct crumple_hold_key held, wanted = key_of(sockets[j].address, port, sockets[j].flags);
    ck_assert(key_read(first, &held));
    const enum key_relation relation = key_compare(&held, &wanted);
    (void)close(first);
    if (second >= 0)
        (void)close(second);
    return i == j ? relation == KEY_SAME : (relation == KEY_APART) == (second >= 0);
}

START_TEST(what_is_in_the_way_is_what_the_kernel_refuses)
{
    const size_t count = sizeof sockets / sizeof *sockets;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            ck_assert_msg(agrees(i, j) || agrees(i, j) || agrees(i, j), "%s/%d and %s/%d", sockets[i].address,
                          sockets[i].flags, sockets[j].address, sockets[j].flags);
}
END_TEST

START_TEST(other_ports_devices_and_protocols)
{
    struct crumple_hold_key one = key_of("127.0.0.1", 4711, 0), other = key_of("127.0.0.1", 4712, 0);
    ck_assert_int_eq(key_compare(&one, &other), KEY_APART);
    other = one;
    strcpy(other.device, "lo");
    ck_assert_int_eq(key_compare(&one, &other), KEY_IN_THE_WAY);
    strcpy(one.device, "eth0");
    ck_assert_int_eq(key_compare(&one, &other), KEY_APART);
    strcpy(one.device, "lo");
    ck_assert_int_eq(key_compare(&one, &other), KEY_SAME);
    other.protocol = 262; /* IPPROTO_MPTCP */
    ck_assert_int_eq(key_compare(&one, &other), KEY_IN_THE_WAY);
}
END_TEST

static bool of_unix(const char *name, size_t size, size_t address_bytes, struct crumple_hold_key *ret)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&ret->address;
    *ret = (struct crumple_hold_key){.family = AF_UNIX, .type = SOCK_STREAM};
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, size);
    ret->address_bytes = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + address_bytes);
    return key_normalise(ret);
}

START_TEST(names_of_af_unix)
{
    struct crumple_hold_key one, other;
    ck_assert(of_unix("/tmp/a", 7, 7, &one));
    ck_assert(of_unix("/tmp/a\0xyz", 10, 10, &other)); /* programs give the whole struct */
    ck_assert_int_eq(key_compare(&one, &other), KEY_SAME);
    ck_assert(of_unix("/tmp/a", 6, 6, &other)); /* or leave out the end */
    ck_assert_int_eq(key_compare(&one, &other), KEY_SAME);
    ck_assert_str_eq(key_path(&other), "/tmp/a");
    ck_assert(of_unix("/tmp/b", 7, 7, &other));
    ck_assert_int_eq(key_compare(&one, &other), KEY_APART);
    ck_assert(of_unix("\0ab", 3, 3, &one));
    ck_assert(of_unix("\0ab\0", 4, 4, &other)); /* all bytes of an abstract name count */
    ck_assert_int_eq(key_compare(&one, &other), KEY_APART);
    ck_assert_ptr_null(key_path(&one));
    ck_assert(!of_unix("a", 2, 2, &one)); /* relative */
    ck_assert(!of_unix("", 0, 0, &one));
    ck_assert(!of_unix("\0", 1, 1, &one));
    ck_assert(!of_unix("/a", 3, 109, &one));
    char most[108];
    memset(most, 'x', sizeof most);
    most[0] = '/';
    ck_assert(of_unix(most, sizeof most, sizeof most, &one));
    ck_assert_uint_eq(strlen(key_path(&one)), sizeof most);
}
END_TEST

START_TEST(keys_that_are_none)
{
    struct crumple_hold_key key = key_of("127.0.0.1", 4711, 0);
    struct crumple_hold_key other = key;
    other.type = SOCK_DGRAM;
    ck_assert(!key_normalise(&other));
    other = key;
    other.family = AF_INET6; /* the address is of another family */
    ck_assert(!key_normalise(&other));
    other = key;
    other.family = AF_NETLINK;
    ck_assert(!key_normalise(&other));
    other = key;
    other.address_bytes = 4;
    ck_assert(!key_normalise(&other));
    other = key;
    ((struct sockaddr_in *)&other.address)->sin_port = 0; /* any port */
    ck_assert(!key_normalise(&other));
    other = key;
    memset(other.device, 'x', sizeof other.device);
    ck_assert(!key_normalise(&other));
}
END_TEST

START_TEST(only_sockets_that_listen_have_a_key)
{
    struct crumple_hold_key key;
    struct sockaddr_storage to;
    int pipes[2];
    const int fd = open_socket("127.0.0.1", 0);
    const socklen_t bytes = fill(&to, "127.0.0.1", 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&to, bytes), 0);
    ck_assert(!key_read(fd, &key));
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert(key_read(fd, &key));
    ck_assert_int_eq(key.protocol, IPPROTO_TCP);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert(!key_read(pipes[0], &key));
    ck_assert(!key_read(-1, &key));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_is_in_the_way_is_what_the_kernel_refuses);
    tcase_add_test(tests, other_ports_devices_and_protocols);
    tcase_add_test(tests, names_of_af_unix);
    tcase_add_test(tests, keys_that_are_none);
    tcase_add_test(tests, only_sockets_that_listen_have_a_key);
}
