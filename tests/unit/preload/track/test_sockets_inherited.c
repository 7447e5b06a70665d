/* SPDX-License-Identifier: MIT */
/* Unit tests of the search for the connection that was accepted before the hooks began. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "track/sockets.h"
#include "unit.h"

static int accepted; /* what was told; -1: nothing */

/* In place of track/sockets.c's. */
void safe_sockets_accepted(int fd)
{
    ck_assert_int_eq(accepted, -1);
    accepted = fd;
}

bool safe_sockets_is_connection(int fd)
{
    struct sockaddr_storage peer;
    socklen_t bytes = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &bytes) == 0;
}

struct listener {
    int fd;
    struct sockaddr_storage address;
    socklen_t bytes;
};

static struct listener listen_at(const void *address, socklen_t bytes)
{
    struct listener made = {.bytes = sizeof made.address};
    made.fd = socket(((const struct sockaddr *)address)->sa_family, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(made.fd, address, bytes), 0);
    ck_assert_int_eq(listen(made.fd, 8), 0);
    ck_assert_int_eq(getsockname(made.fd, (struct sockaddr *)&made.address, &made.bytes), 0);
    return made;
}

/* On every address, as servers do. */
static struct listener listen_inet(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    return listen_at(&any, sizeof any);
}

static int dial(const struct listener *listener)
{
    int fd = socket(listener->address.ss_family, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&listener->address, listener->bytes), 0);
    return fd;
}

static int search(void)
{
    accepted = -1;
    safe_sockets_find_accepted();
    return accepted;
}

START_TEST(without_a_connection_nothing_is_found)
{
    ck_assert_int_eq(search(), -1);
    (void)listen_inet();
    ck_assert_int_eq(search(), -1);
}
END_TEST

START_TEST(the_one_accepted_connection_is_found_and_not_the_other_end)
{
    struct listener listener = listen_inet();
    (void)dial(&listener);
    ck_assert_int_eq(search(), -1);
    int fd = accept(listener.fd, NULL, NULL);
    ck_assert_int_eq(search(), fd);
}
END_TEST

START_TEST(of_two_accepted_connections_neither_is_taken)
{
    struct listener listener = listen_inet();
    (void)dial(&listener);
    (void)dial(&listener);
    (void)accept(listener.fd, NULL, NULL);
    (void)accept(listener.fd, NULL, NULL);
    ck_assert_int_eq(search(), -1);
}
END_TEST

START_TEST(a_connection_to_somebody_else_is_not_taken)
{
    struct listener listener = listen_inet(), other = listen_inet();
    (void)dial(&other);
    close(other.fd);
    (void)dial(&listener);
    int fd = accept(listener.fd, NULL, NULL);
    ck_assert_int_eq(search(), fd);
}
END_TEST

START_TEST(a_connection_at_a_path_is_found)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    struct listener listener;
    memcpy(here.sun_path + 1, "crumple-test", 13);
    snprintf(here.sun_path + 13, 20, "%d", (int)getpid());
    listener = listen_at(&here, sizeof here);
    (void)dial(&listener);
    int fd = accept(listener.fd, NULL, NULL);
    ck_assert_int_eq(search(), fd);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, without_a_connection_nothing_is_found);
    tcase_add_test(tests, the_one_accepted_connection_is_found_and_not_the_other_end);
    tcase_add_test(tests, of_two_accepted_connections_neither_is_taken);
    tcase_add_test(tests, a_connection_to_somebody_else_is_not_taken);
    tcase_add_test(tests, a_connection_at_a_path_is_found);
}
