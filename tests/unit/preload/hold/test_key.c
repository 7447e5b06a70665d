/* SPDX-License-Identifier: MIT */
/* Unit tests of keys: which sockets and addresses crumple-run is asked for. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "hold/key.h"
#include "unit.h"

static bool has_key(int family, const void *address, size_t bytes, struct crumple_hold_key *key)
{
    struct sockaddr_storage copy = {0};
    memcpy(&copy, address, bytes);
    *key = (struct crumple_hold_key){.family = family};
    return safe_hold_key_address(&copy, bytes, key);
}

START_TEST(a_port_of_its_own_is_asked_for)
{
    struct crumple_hold_key key;
    struct sockaddr_storage long_one = {0};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    ck_assert(has_key(AF_INET, &four, sizeof four, &key));
    ck_assert_uint_eq(key.address_bytes, sizeof four);
    ck_assert_mem_eq(&key.address, &four, sizeof four);
    ck_assert(has_key(AF_INET6, &six, sizeof six, &key));
    ck_assert(!has_key(AF_INET6, &four, sizeof four, &key)); /* EAFNOSUPPORT */
    ck_assert(!has_key(AF_INET, &four, 3, &key));
    ck_assert(!has_key(AF_INET, &four, 0, &key));
    memcpy(&long_one, &four, sizeof four);
    ck_assert(has_key(AF_INET, &long_one, sizeof long_one, &key)); /* as many programs give it */
    ck_assert(!safe_hold_key_address(&long_one, sizeof long_one + 1, &key));
    four.sin_port = six.sin6_port = 0;
    ck_assert(!has_key(AF_INET, &four, sizeof four, &key));
    ck_assert(!has_key(AF_INET6, &six, sizeof six, &key));
}
END_TEST

START_TEST(a_name_of_its_own_is_asked_for)
{
    struct crumple_hold_key key;
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/x"},
                       abstract = {.sun_family = AF_UNIX, .sun_path = "\0x"};
    const size_t at = offsetof(struct sockaddr_un, sun_path);
    ck_assert(has_key(AF_UNIX, &path, sizeof path, &key));
    ck_assert(has_key(AF_UNIX, &path, at + 6, &key));
    ck_assert_uint_eq(key.address_bytes, at + 6);
    ck_assert(has_key(AF_UNIX, &abstract, at + 2, &key));
    ck_assert(!has_key(AF_UNIX, &abstract, at + 1, &key));
    ck_assert(!has_key(AF_UNIX, &abstract, at, &key));
}
END_TEST

START_TEST(a_socket_is_known_by_its_options)
{
    struct crumple_hold_key key;
    const int on = 1;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    ck_assert(safe_hold_key_socket(fd, &key));
    ck_assert(key.family == AF_INET6 && key.type == SOCK_STREAM && key.protocol == IPPROTO_TCP &&
              !key.only_v6 && !key.reuse_port && !key.device[0]);
    ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    ck_assert(safe_hold_key_socket(fd, &key));
    ck_assert(key.only_v6 && key.reuse_port);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert(!safe_hold_key_socket(fd, &key)); /* it is bound */
    close(fd);
    ck_assert(!safe_hold_key_socket(fd, &key));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert(safe_hold_key_socket(fd, &key));
    ck_assert_int_eq(key.family, AF_UNIX);
    ck_assert(!safe_hold_key_socket(socket(AF_INET, SOCK_DGRAM, 0), &key));
    ck_assert(!safe_hold_key_socket(socket(AF_UNIX, SOCK_SEQPACKET, 0), &key));
    ck_assert(!safe_hold_key_socket(STDIN_FILENO, &key));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_port_of_its_own_is_asked_for);
    tcase_add_test(tests, a_name_of_its_own_is_asked_for);
    tcase_add_test(tests, a_socket_is_known_by_its_options);
}
