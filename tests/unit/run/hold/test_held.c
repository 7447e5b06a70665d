/* SPDX-License-Identifier: MIT */
/* Sockets that are held: which, how often, for how long. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <linux/un.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hold/held.h"
#include "unit.h"

static struct held_set set;

static int listen_four(uint16_t port, bool reuses, int backlog)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (reuses)
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, backlog), 0);
    return fd;
}

static int listen_unix(const char *path)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof address;
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    return address.sin_port;
}

static int connect_to(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS ? fd : -1;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static struct crumple_hold_key key_of(int fd)
{
    struct crumple_hold_key key;
    ck_assert(key_read(fd, &key));
    return key;
}

START_TEST(a_socket_is_held_once_and_what_is_none_is_closed)
{
    held_begin(&set);
    const int fd = listen_four(0, false, 1), copy = dup(fd), other = open("/dev/null", O_RDONLY);
    const int quiet = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert(held_add(&set, fd, 100));
    ck_assert(!held_add(&set, copy, 100));
    ck_assert(!held_add(&set, other, 100));
    ck_assert(!held_add(&set, quiet, 100));
    ck_assert(!held_add(&set, datagrams, 100));
    ck_assert(is_open(fd) && !is_open(copy) && !is_open(other) && !is_open(quiet) && !is_open(datagrams));
    ck_assert_uint_eq(set.count, 1);
    held_close_all(&set);
    ck_assert(!is_open(fd));
}
END_TEST

START_TEST(what_this_process_has_inherited_is_not_held)
{
    const int fd = listen_four(0, false, 1), copy = dup(fd);
    held_begin(&set);
    ck_assert(!held_add(&set, copy, 100));
    ck_assert(is_open(fd) && !is_open(copy));
}
END_TEST

START_TEST(a_group_is_taken_in_its_order)
{
    held_begin(&set);
    const int one = listen_four(0, true, 1), two = listen_four(port_of(one), true, 1);
    const struct crumple_hold_key key = key_of(one);
    struct crumple_hold_key alone = key;
    alone.reuse_port = 0;
    ck_assert(held_add(&set, one, 100) && held_add(&set, two, 100));
    struct held *first = held_find(&set, &key);
    ck_assert_ptr_nonnull(first);
    ck_assert_int_eq(first->fd, one);
    const int other_port = listen_four(0, false, 1);
    ck_assert(held_add(&set, other_port, 900000));
    held_taken(&set, first, 50);
    ck_assert(held_next_us(&set) == 100); /* the time of --hold-max is the end of all */
    struct held *second = held_find(&set, &key);
    ck_assert_int_eq(second->fd, two);
    ck_assert_ptr_null(held_find(&set, &alone)); /* in the way of a bind without SO_REUSEPORT */
    ck_assert(!is_open(two));
    ck_assert_uint_eq(set.count, 1);
}
END_TEST

START_TEST(the_time_of_what_is_held)
{
    held_begin(&set);
    ck_assert(held_next_us(&set) == -1);
    const int one = listen_four(0, false, 1), two = listen_four(0, false, 1);
    ck_assert(held_add(&set, one, 1000000) && held_add(&set, two, 3000000));
    ck_assert(held_next_us(&set) == 1000000);
    ck_assert_uint_eq(held_close_due(&set, 999999), 0);
    ck_assert_uint_eq(held_close_due(&set, 1000000), 1);
    ck_assert(!is_open(one) && is_open(two));
    ck_assert(held_next_us(&set) == 3000000);
    const int three = listen_four(0, true, 1), four = listen_four(port_of(three), true, 1),
              five = listen_four(port_of(three), true, 1);
    ck_assert(held_add(&set, three, 3000000) && held_add(&set, four, 3000000) &&
              held_add(&set, five, 3000000));
    const struct crumple_hold_key key = key_of(three);
    held_taken(&set, held_find(&set, &key), 1000000);
    held_taken(&set, held_find(&set, &key), 1200000);
    ck_assert(held_next_us(&set) ==
              1700000); /* half a second after the last one: the rest of the group, and no other */
    ck_assert_uint_eq(held_close_due(&set, 1700000), 1);
    ck_assert(!is_open(five) && is_open(two));
    held_close_all(&set);
}
END_TEST

START_TEST(the_backlog_is_raised_and_what_is_dropped_is_counted)
{
    held_begin(&set);
    int clients[8];
    struct tcp_info info;
    socklen_t bytes = sizeof info;
    const int fd = listen_four(0, false, 1);
    const uint16_t port = port_of(fd);
    ck_assert(held_add(&set, fd, 100));
    ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes), 0);
    ck_assert_uint_ge(info.tcpi_sacked, 128); /* somaxconn */
    for (int i = 0; i < 8; i++)
        ck_assert_int_ge(clients[i] = connect_to(port), 0);
    ck_assert_uint_eq(held_drops(&set), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    const int last = connect_to(port);
    ck_assert_int_ge(last, 0);
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < 1000 && held_drops(&set) == 0; i++)
        (void)nanosleep(&moment, NULL);
    ck_assert_uint_ge(held_drops(&set), 1);
    held_close_all(&set);
    ck_assert_uint_ge(held_drops(&set), 1);
}
END_TEST

START_TEST(a_path_leads_to_the_held_socket_or_it_is_not_held)
{
    char folder[] = "/tmp/crumple-held-XXXXXX", path[64], second[64];
    struct stat st;
    held_begin(&set);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a", folder);
    snprintf(second, sizeof second, "%s/b", folder);
    int fd = listen_unix(path);
    struct crumple_hold_key key = key_of(fd);
    ck_assert_int_eq(lstat(path, &st), 0);
    ck_assert(held_add(&set, fd, 100));
    ck_assert(held_has_name(&set, st.st_dev, st.st_ino));
    ck_assert(!held_has_name(&set, st.st_dev, st.st_ino + 1));
    ck_assert_ptr_nonnull(held_find(&set, &key));
    ck_assert_int_eq(rename(path, second), 0); /* another one takes the path */
    const int other = listen_unix(path);
    ck_assert_ptr_null(held_find(&set, &key));
    ck_assert(!is_open(fd) && is_open(other));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert(!held_add(&set, other, 100)); /* nobody finds it */
    ck_assert(!is_open(other));
    fd = listen_unix(path);
    ck_assert(held_add(&set, dup(fd), 100));
    held_close_all(&set);
    ck_assert_int_eq(unlink(path),
                     0); /* another one has taken the path before the death: CAP_NET_ADMIN sees it */
    const int third = listen_unix(path);
    const bool is_told = ioctl(fd, SIOCUNIXFILE) >= 0;
    ck_assert_int_eq(held_add(&set, fd, 100), !is_told);
    held_close_all(&set);
    ck_assert(held_add(&set, third, 100));
    ck_assert_int_eq(unlink(path) | unlink(second) | rmdir(folder), 0);
    held_close_all(&set);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_socket_is_held_once_and_what_is_none_is_closed);
    tcase_add_test(tests, what_this_process_has_inherited_is_not_held);
    tcase_add_test(tests, a_group_is_taken_in_its_order);
    tcase_add_test(tests, the_time_of_what_is_held);
    tcase_add_test(tests, the_backlog_is_raised_and_what_is_dropped_is_counted);
    tcase_add_test(tests, a_path_leads_to_the_held_socket_or_it_is_not_held);
}
