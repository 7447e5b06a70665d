/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "capture/vitals_found.h"
#include "unit.h"

static const char *kind(const char *link)
{
    return safe_look_kind_name(safe_look_kind_of(link));
}

START_TEST(a_link_of_proc_tells_the_kind)
{
    ck_assert_str_eq(kind("socket:[4711]"), "socket");
    ck_assert_str_eq(kind("pipe:[4711]"), "pipe");
    ck_assert_str_eq(kind("anon_inode:[eventpoll]"), "epoll");
    ck_assert_str_eq(kind("anon_inode:[eventfd]"), "eventfd");
    ck_assert_str_eq(kind("anon_inode:[eventfd:8]"), "eventfd");
    ck_assert_str_eq(kind("anon_inode:[timerfd]"), "timerfd");
    ck_assert_str_eq(kind("anon_inode:[signalfd]"), "signalfd");
    ck_assert_str_eq(kind("anon_inode:inotify"), "inotify");
    ck_assert_str_eq(kind("anon_inode:[io_uring]"), "io_uring");
    ck_assert_str_eq(kind("anon_inode:[pidfd]"), "pidfd");
    ck_assert_str_eq(kind("anon_inode:[perf_event]"), "other");
    ck_assert_str_eq(kind("/memfd:cache (deleted)"), "memfd");
    ck_assert_str_eq(kind("/dev/null"), "device");
    ck_assert_str_eq(kind("/dev/shm/x"), "file");
    ck_assert_str_eq(kind("/var/lib/x.db"), "file");
    ck_assert_str_eq(kind(""), "other");
}
END_TEST

START_TEST(a_state_has_a_name_and_a_wrong_one_none)
{
    ck_assert_str_eq(safe_look_state_name(1), "established");
    ck_assert_str_eq(safe_look_state_name(10), "listen");
    ck_assert_str_eq(safe_look_state_name(12), "new_syn_recv");
    ck_assert_str_eq(safe_look_state_name(13), "unknown");
    ck_assert_str_eq(safe_look_state_name(255), "unknown");
}
END_TEST

START_TEST(the_latest_are_kept_in_their_order)
{
    struct safe_look_peers list = {.count = 0};
    static const int ms[] = {500, 3, 90, 1000, 2, 70, 70, 60, 50, 40, 4000, 1};
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++) {
        const struct safe_look_peer peer = {.fd = (int)i, .received_ms = ms[i]};
        safe_look_add_recent(&list, &peer);
    }
    ck_assert_uint_eq(list.count, SAFE_LOOK_PEERS);
    static const int expected[] = {1, 2, 3, 40, 50, 60, 70, 70};
    for (size_t i = 0; i < SAFE_LOOK_PEERS; i++)
        ck_assert_int_eq(list.peer[i].received_ms, expected[i]);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_link_of_proc_tells_the_kind);
    tcase_add_test(tests, a_state_has_a_name_and_a_wrong_one_none);
    tcase_add_test(tests, the_latest_are_kept_in_their_order);
}
