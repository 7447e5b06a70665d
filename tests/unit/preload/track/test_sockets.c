/* SPDX-License-Identifier: MIT */
/* Unit tests of the table of who uses which socket. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "track/sockets.h"
#include "unit.h"

#define THREADS 8

static void set_up(void)
{
    ck_assert_int_eq(safe_sockets_prepare(), 0);
}

/* A pair of connected sockets. */
static void connect_pair(int ret_fds[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ret_fds), 0);
}

START_TEST(a_socket_is_of_the_only_thread_that_uses_it)
{
    struct safe_thread one = {.serial = 1}, two = {.serial = 2};
    int fds[2];
    connect_pair(fds);
    safe_self = &one;
    safe_sockets_used(fds[0], true);
    ck_assert(safe_sockets_is_of(fds[0], 1));
    safe_self = &two;
    safe_sockets_used(fds[0], true);
    ck_assert(!safe_sockets_is_of(fds[0], 1));
    ck_assert(!safe_sockets_is_of(fds[0], 2));
}
END_TEST

START_TEST(a_closed_descriptor_is_of_no_thread)
{
    struct safe_thread one = {.serial = 1};
    int fds[2];
    connect_pair(fds);
    safe_self = &one;
    safe_sockets_used(fds[0], true);
    ck_assert(safe_sockets_closed(fds[0]));
    ck_assert(!safe_sockets_is_of(fds[0], 1));
}
END_TEST

static int common[2];

/* Uses a socket of its own, and one that all use, again and again. Returns what is wrong. */
static void *use(void *argument)
{
    struct safe_thread *self = argument;
    int own[2], copy;
    safe_self = self;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, own) != 0)
        return "socketpair";
    for (int i = 0; i < 200; i++) {
        safe_sockets_used(own[0], i & 1);
        safe_sockets_used(common[0], true);
        if (!safe_sockets_is_of(own[0], self->serial))
            return "its own socket is not its own";
        copy = dup(own[1]);
        safe_sockets_duplicated(own[1], copy);
        (void)safe_sockets_closed(copy);
        close(copy);
    }
    return NULL;
}

START_TEST(many_threads_at_once_keep_what_is_theirs)
{
    static struct safe_thread records[THREADS];
    pthread_t threads[THREADS];
    connect_pair(common);
    for (uint32_t i = 0; i < THREADS; i++) {
        records[i].serial = i + 1;
        pthread_create(&threads[i], NULL, use, &records[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_msg(!wrong, "%s", (const char *)wrong);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        ck_assert(!safe_sockets_is_of(common[0], i + 1));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_socket_is_of_the_only_thread_that_uses_it);
    tcase_add_test(tests, a_closed_descriptor_is_of_no_thread);
    tcase_add_test(tests, many_threads_at_once_keep_what_is_theirs);
}
