/* SPDX-License-Identifier: MIT */
/* Unit tests of the table of who uses which socket. */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "state/altstack.h"
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

/* The calling thread becomes this one and reads from the descriptor. */
static void reads(struct safe_thread *thread, int fd)
{
    safe_self = thread;
    if (!safe_sockets_known(fd))
        safe_sockets_used(fd, true);
}

static struct safe_thread thread_of(uint32_t serial)
{
    return (struct safe_thread){.serial = serial, .last_fd = -1, .inbound_fd = -1, .shared_fd = -1};
}

START_TEST(a_connection_counts_for_each_thread_that_serves_it)
{
    struct safe_thread one = thread_of(1), two = thread_of(2), source = thread_of(3);
    int first[2], second[2];
    connect_pair(first);
    connect_pair(second);
    safe_sockets_accepted(first[0]);
    safe_sockets_accepted(second[0]);
    reads(&one, first[0]);
    reads(&two, first[0]);
    reads(&source, first[0]); /* the third one: it was shared before */
    reads(&source, first[0]);
    ck_assert_uint_eq(one.inbound, 1);
    ck_assert_uint_eq(two.inbound, 1);
    ck_assert_uint_eq(source.inbound, 1);
    reads(&one, first[0]);
    ck_assert_uint_eq(one.inbound, 1);
    reads(NULL, second[0]); /* the main thread, say */
    reads(&source, second[0]);
    ck_assert_uint_ge(source.inbound, 2);
}
END_TEST

START_TEST(the_same_number_is_another_connection_after_it_was_closed)
{
    struct safe_thread one = thread_of(1);
    int fds[2];
    connect_pair(fds);
    for (uint32_t served = 1; served < 4; served++) {
        safe_sockets_accepted(fds[0]);
        reads(&one, fds[0]);
        ck_assert_uint_eq(one.inbound, served);
        ck_assert(safe_sockets_closed(fds[0]));
    }
}
END_TEST

START_TEST(who_closes_its_connection_has_served)
{
    struct safe_thread one = thread_of(1), two = thread_of(2);
    int fds[2], others[2];
    connect_pair(fds);
    connect_pair(others);
    ck_assert(!safe_sockets_any_accepted());
    safe_sockets_accepted(fds[0]);
    ck_assert(safe_sockets_any_accepted());
    reads(&one, fds[0]);
    reads(&one, others[0]); /* its own, to a database say */
    ck_assert(safe_sockets_closed(others[0]));
    ck_assert(!(one.role & SAFE_ROLE_SERVED));
    safe_self = &two;
    ck_assert(safe_sockets_closed(others[1]));
    ck_assert(!(two.role & SAFE_ROLE_SERVED));
    safe_self = &one;
    ck_assert(safe_sockets_closed(fds[0]));
    ck_assert(one.role & SAFE_ROLE_SERVED);
}
END_TEST

START_TEST(who_serves_a_shared_connection_can_not_tell_its_client)
{
    struct safe_thread one = thread_of(1), two = thread_of(2);
    int fds[2], files[2];
    connect_pair(fds);
    ck_assert_int_eq(pipe(files), 0);
    reads(&one, fds[0]);
    ck_assert(!safe_sockets_has_shared(&one));
    reads(&two, fds[0]);
    reads(&two, files[0]);
    ck_assert(safe_sockets_has_shared(&two));
    ck_assert(safe_sockets_closed(fds[0]));
    close(fds[0]);
    ck_assert(!safe_sockets_has_shared(&two));
}
END_TEST

/* A connection of the loopback device; the server's end counts as accepted. */
static int accept_one(int listener, int *ret_client)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof address;
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &bytes), 0);
    *ret_client = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(*ret_client, (struct sockaddr *)&address, bytes), 0);
    int fd = accept(listener, NULL, NULL);
    safe_sockets_accepted(fd);
    return fd;
}

/* A wrapped thread with its place in the pool. */
static struct safe_thread *settled(uint32_t serial, uint64_t started_ns)
{
    struct safe_altstack *a = safe_altstack_take();
    ck_assert_ptr_nonnull(a);
    a->thread = thread_of(serial);
    a->thread.started_ns = started_ns;
    a->is_recoverable = true;
    __atomic_store_n(&a->owner, (uint64_t)safe_gettid(), __ATOMIC_RELEASE);
    return &a->thread;
}

START_TEST(an_address_is_common_while_an_old_connection_lives)
{
    const uint64_t second = 1000000000, now = 100 * second;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM, 0), client[2];
    safe_altstack_prepare(0);
    struct safe_thread *old = settled(1, now - 3 * second), *young = settled(2, now - second);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
    ck_assert_int_eq(listen(listener, 5), 0);
    int first = accept_one(listener, &client[0]);
    reads(old, first);
    struct safe_peer peer = safe_peer_of(first);
    ck_assert_int_eq(peer.family, 4);
    int second_one = accept_one(listener, &client[1]);
    reads(young, second_one);
    ck_assert(!safe_sockets_is_common(&peer, old, now)); /* its own, and a young one */
    ck_assert(safe_sockets_is_common(&peer, young, now));
    peer.address[3]++;
    ck_assert(!safe_sockets_is_common(&peer, young, now));
    peer.address[3]--;
    shutdown(first, SHUT_RDWR); /* as that of an ended thread */
    ck_assert(!safe_sockets_is_common(&peer, young, now));
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
    tcase_add_test(tests, a_connection_counts_for_each_thread_that_serves_it);
    tcase_add_test(tests, the_same_number_is_another_connection_after_it_was_closed);
    tcase_add_test(tests, who_closes_its_connection_has_served);
    tcase_add_test(tests, who_serves_a_shared_connection_can_not_tell_its_client);
    tcase_add_test(tests, an_address_is_common_while_an_old_connection_lives);
    tcase_add_test(tests, many_threads_at_once_keep_what_is_theirs);
}
