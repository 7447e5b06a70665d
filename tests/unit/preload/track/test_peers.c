/* SPDX-License-Identifier: MIT */
/* Unit tests of the breakers of peers and of routines: the tables around the state machine of test_breaker.c.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/config.h"
#include "breaker.h"
#include "track/peers.h"
#include "unit.h"

#define S UINT64_C(1000000000)

static struct crumple_config config;
const struct crumple_config *crumple_config = &config;

/* The real ones ask the kernel; here a descriptor's number is the peer's address. */
static struct safe_peer peer_number(int number)
{
    struct safe_peer p = {4, {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};
    return p;
}

struct safe_peer safe_peer_of(int fd)
{
    return peer_number(fd);
}

static void set_up(void)
{
    config.breaker = (struct safe_breaker_rules){2, 2, 60 * S, 30 * S, 60 * S};
    ck_assert_int_eq(safe_peers_prepare(), 0);
}

static void fail_times(int number, int times, uint64_t now)
{
    struct safe_peer p = peer_number(number);
    while (times--)
        safe_peers_failed(&p, 0, now);
}

static bool admitted(int number, uint64_t now, uint64_t *ret_probe)
{
    struct safe_peer p = peer_number(number);
    return safe_peers_admit_peer(&p, now, ret_probe);
}

START_TEST(a_peer_that_never_failed_leaves_no_trace)
{
    uint64_t probe = 7;
    struct safe_peer_change change;
    ck_assert(safe_peers_admit(3, &probe));
    ck_assert_uint_eq(probe, 0);
    fail_times(9, 1, S);
    ck_assert_int_eq(*safe_peers_active, 1);
    ck_assert(safe_peers_admit(3, &probe));
    ck_assert_uint_eq(probe, 0);
    ck_assert_int_eq(*safe_peers_active, 1);
    ck_assert(!safe_peers_next_change(&change));
}
END_TEST

START_TEST(only_the_peer_whose_requests_fault_is_refused)
{
    uint64_t probe, other;
    fail_times(1, 2, S);
    ck_assert(admitted(1, S, &probe));
    ck_assert_uint_ne(probe, 0);
    fail_times(1, 1, S);
    ck_assert(!admitted(1, S, &probe));
    ck_assert(!admitted(1, 30 * S, &probe));
    ck_assert(admitted(2, 30 * S, &other));
    ck_assert(admitted(1, 32 * S, &probe)); /* half-open */
    ck_assert(admitted(1, 32 * S, &other));
    ck_assert(!admitted(1, 32 * S, &other));
    safe_peers_done(probe, 33 * S, true);
    ck_assert(!admitted(1, 33 * S, &other));
}
END_TEST

START_TEST(a_probe_that_faults_opens_again_and_a_late_one_does_not)
{
    struct safe_peer p = peer_number(1);
    uint64_t early, probe, unused;
    fail_times(1, 2, S);
    ck_assert(admitted(1, S, &early));
    fail_times(1, 1, S);
    ck_assert(admitted(1, 32 * S, &probe));
    safe_peers_failed(&p, early, 32 * S);
    safe_peers_failed(&p, 0, 32 * S);
    ck_assert(admitted(1, 32 * S, &unused));
    safe_peers_failed(&p, probe, 33 * S);
    ck_assert(!admitted(1, 33 * S, &unused));
}
END_TEST

START_TEST(of_one_peer_only_the_first_failure_counts_for_the_routine)
{
    struct safe_peer one = peer_number(1), two = peer_number(2), three = peer_number(3), none = {0, {0}};
    uint64_t probe;
    int i;
    ck_assert(safe_peers_failed(&one, 0, S));
    ck_assert(safe_peers_failed(&two, 0, S));
    for (i = 0; i < 100; i++) /* closed, then open */
        ck_assert(!safe_peers_failed(&one, 0, S));
    ck_assert(admitted(1, 32 * S, &probe));
    ck_assert(!safe_peers_failed(&one, probe, 32 * S)); /* half-open */
    ck_assert(!safe_peers_failed(&two, 0, 32 * S));
    ck_assert(safe_peers_failed(&two, 0, 62 * S)); /* the next interval */
    ck_assert(safe_peers_failed(&none, 0, S));
    ck_assert(safe_peers_failed(&none, 0, S));
    config.breaker.trip = 0; /* the first one opens */
    ck_assert(safe_peers_failed(&three, 0, 62 * S));
    ck_assert(!safe_peers_failed(&three, 0, 62 * S));
}
END_TEST

START_TEST(a_peer_that_behaves_again_is_forgotten)
{
    uint64_t first, second;
    fail_times(1, 3, S);
    ck_assert(admitted(1, 32 * S, &first));
    ck_assert(admitted(1, 32 * S, &second));
    safe_peers_done(second, 33 * S, true);
    safe_peers_done(first, 33 * S, true);
    ck_assert_int_eq(*safe_peers_active, 1);
    safe_peers_done(first, 33 * S, true); /* of a former generation */
    ck_assert(admitted(1, 33 * S, &first));
    ck_assert_uint_eq(first, 0);
    ck_assert_int_eq(*safe_peers_active, 0);
}
END_TEST

START_TEST(an_excluded_probe_frees_its_place)
{
    uint64_t first, second, third;
    fail_times(1, 3, S);
    ck_assert(admitted(1, 32 * S, &first));
    ck_assert(admitted(1, 32 * S, &second));
    ck_assert(!admitted(1, 32 * S, &third));
    safe_peers_done(first, 33 * S, false);
    ck_assert(admitted(1, 33 * S, &third));
}
END_TEST

static int visits;
static uint32_t told;

static void count_refused(const struct safe_peer *peer, uint32_t count, void *arg)
{
    struct safe_peer want = peer_number(1);
    uint64_t probe;
    ck_assert(safe_peer_equal(peer, &want));
    ck_assert_ptr_eq(arg, &told);
    ck_assert(admitted(2, S, &probe)); /* without the lock: it may ask */
    visits++;
    told += count;
}

START_TEST(refused_connections_are_counted_once)
{
    uint64_t probe;
    int i;
    fail_times(1, 3, S);
    fail_times(2, 1, S);
    for (i = 0; i < 10; i++)
        ck_assert(!admitted(1, 2 * S, &probe));
    safe_peers_drain_refused(2 * S, count_refused, &told);
    safe_peers_drain_refused(2 * S, count_refused, &told);
    ck_assert_int_eq(visits, 1);
    ck_assert_uint_eq(told, 10);
}
END_TEST

START_TEST(the_keeper_forgets_who_has_nothing_counted)
{
    fail_times(1, 3, S);
    fail_times(2, 1, S);
    safe_peers_drain_refused(60 * S, count_refused, &told);
    ck_assert_int_eq(*safe_peers_active, 2);
    safe_peers_drain_refused(62 * S, count_refused, &told);
    ck_assert_int_eq(*safe_peers_active, 1); /* the open one stays */
}
END_TEST

START_TEST(changes_are_told_in_their_order)
{
    struct safe_peer one = peer_number(1);
    struct safe_peer_change c;
    uint64_t a, b;
    fail_times(1, 3, S);
    ck_assert(admitted(1, 32 * S, &a));
    ck_assert(admitted(1, 32 * S, &b));
    safe_peers_done(a, 33 * S, true);
    safe_peers_done(b, 34 * S, true);
    ck_assert(safe_peers_next_change(&c));
    ck_assert(safe_peer_equal(&c.peer, &one));
    ck_assert_int_eq(c.from, SAFE_BREAKER_CLOSED);
    ck_assert_int_eq(c.to, SAFE_BREAKER_OPEN);
    ck_assert_uint_eq(c.time_ns, S);
    ck_assert(safe_peers_next_change(&c));
    ck_assert_int_eq(c.to, SAFE_BREAKER_HALF_OPEN);
    ck_assert(safe_peers_next_change(&c));
    ck_assert_int_eq(c.from, SAFE_BREAKER_HALF_OPEN);
    ck_assert_int_eq(c.to, SAFE_BREAKER_CLOSED);
    ck_assert_uint_eq(c.time_ns, 34 * S);
    ck_assert(!safe_peers_next_change(&c));
}
END_TEST

START_TEST(of_too_many_changes_the_last_are_told)
{
    struct safe_peer_change c;
    int i, n = 0;
    for (i = 0; i < 300; i++)
        fail_times(i, 3, S);
    while (safe_peers_next_change(&c))
        n++;
    ck_assert_int_eq(n, 256);
    ck_assert_int_eq(c.peer.address[3], 299 & 255);
}
END_TEST

START_TEST(a_full_table_gives_up_the_closed_idle_one_that_is_oldest)
{
    uint64_t probe;
    int i;
    fail_times(0, 1, S); /* closed, with a request under way */
    ck_assert(admitted(0, S, &probe));
    fail_times(1, 1, 5 * S);
    fail_times(2, 1, 4 * S); /* this one */
    for (i = 3; i < PEER_TABLE_PEERS_MAX; i++)
        fail_times(i, 3, S);
    ck_assert_int_eq(*safe_peers_active, PEER_TABLE_PEERS_MAX);
    fail_times(1000, 3, 6 * S);
    ck_assert_int_eq(*safe_peers_active, PEER_TABLE_PEERS_MAX);
    ck_assert(!admitted(1000, 6 * S, &probe));
    fail_times(2, 2, 6 * S); /* counts from the beginning; takes the place of 1 */
    ck_assert(admitted(2, 6 * S, &probe));
    fail_times(2, 1, 7 * S);
    fail_times(1001, 3, 7 * S); /* then 0, then the oldest of all */
    fail_times(1002, 3, 7 * S);
    ck_assert(!admitted(1002, 7 * S, &probe));
    ck_assert(!admitted(2, 7 * S, &probe));
    ck_assert_int_eq(*safe_peers_active, PEER_TABLE_PEERS_MAX);
}
END_TEST

START_TEST(a_result_does_not_count_for_who_has_the_place_by_then)
{
    uint64_t probe, other;
    int i;
    fail_times(0, 1, S);
    ck_assert(admitted(0, S, &probe));
    for (i = 1; i <= PEER_TABLE_PEERS_MAX; i++)
        fail_times(i, 3, 2 * S);
    ck_assert(admitted(PEER_TABLE_PEERS_MAX, 33 * S, &other));
    ck_assert_uint_eq(probe % 256, other % 256); /* the same place */
    safe_peers_done(probe, 33 * S, true);
    safe_peers_done(probe, 33 * S, true);
    ck_assert(admitted(PEER_TABLE_PEERS_MAX, 33 * S, &other));
    ck_assert(!admitted(PEER_TABLE_PEERS_MAX, 33 * S, &other));
}
END_TEST

START_TEST(a_descriptor_keeps_its_probe_until_it_is_taken)
{
    safe_peers_mark(7, 42);
    safe_peers_mark(65535, 43);
    safe_peers_mark(65536, 44);
    safe_peers_mark(-1, 45);
    ck_assert_uint_eq(safe_peers_take(7), 42);
    ck_assert_uint_eq(safe_peers_take(7), 0);
    ck_assert_uint_eq(safe_peers_take(65535), 43);
    ck_assert_uint_eq(safe_peers_take(65536), 0);
    ck_assert_uint_eq(safe_peers_take(-1), 0);
}
END_TEST

START_TEST(a_forked_child_starts_with_an_empty_table)
{
    uint64_t probe;
    int status;
    pid_t pid;
    fail_times(1, 3, S);
    pid = fork();
    if (pid == 0)
        _exit(admitted(1, S, &probe) && *safe_peers_active == 0 ? 0 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(!admitted(1, S, &probe));
}
END_TEST

START_TEST(what_several_clients_share_is_not_refused)
{
    uint64_t probe;
    struct safe_peer_change change;
    struct safe_peer p = peer_number(1);
    fail_times(1, 2, S);
    ck_assert(!safe_peers_are_several(&p, false, S));
    ck_assert(safe_peers_are_several(&p, true, 2 * S));
    fail_times(1, 10, 3 * S);
    ck_assert(admitted(1, 4 * S, &probe));
    ck_assert_uint_eq(probe, 0);
    ck_assert(!safe_peers_next_change(&change));
    ck_assert(safe_peers_are_several(&p, false, 3600 * S));
    ck_assert(!safe_peers_are_several(&p, false, 3603 * S));
    fail_times(1, 3, 3603 * S);
    ck_assert(!admitted(1, 3604 * S, &probe));
    ck_assert(safe_peers_are_several(&p, true, 3605 * S)); /* an open breaker is closed */
    ck_assert(admitted(1, 3606 * S, &probe));
    ck_assert(safe_peers_next_change(&change) && change.to == SAFE_BREAKER_OPEN);
    ck_assert(safe_peers_next_change(&change) && change.from == SAFE_BREAKER_OPEN &&
              change.to == SAFE_BREAKER_CLOSED);
}
END_TEST

START_TEST(who_has_killed_is_refused_ten_times_as_long)
{
    uint64_t probe;
    struct safe_peer p = peer_number(1);
    for (int i = 0; i < 3; i++)
        safe_peers_killed(&p, 0, S);
    ck_assert(!admitted(1, 300 * S, &probe));
    ck_assert(admitted(1, 302 * S, &probe));
    safe_peers_killed(&p, probe, 303 * S);
    ck_assert(!admitted(1, 602 * S, &probe));
}
END_TEST

/* The memory outlives the process that strikes, as crumple-run's does. */
START_TEST(what_one_life_has_counted_the_next_refuses)
{
    uint64_t probe;
    int status, fd = memfd_create("peers", 0);
    ck_assert_int_eq(ftruncate(fd, PEER_TABLE_BYTES), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (safe_peers_share(fd) != 0 || !safe_peers_are_shared())
            _exit(1);
        fail_times(1, 3, S);
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert(!safe_peers_any());
    ck_assert_int_eq(safe_peers_share(fd), 0);
    ck_assert_int_eq(safe_peers_prepare(), 0); /* it does not take its place */
    ck_assert(safe_peers_any());
    ck_assert(!admitted(1, 2 * S, &probe));
    ck_assert(admitted(2, 2 * S, &probe));
    pid = fork(); /* a worker has the same table */
    if (pid == 0)
        _exit(admitted(1, 3 * S, &probe) ? 1 : 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_lt(safe_peers_share(-1), 0);
    ck_assert(!admitted(1, 3 * S, &probe));
}
END_TEST

/* Each thread fails a hundred times, as a peer of its own. */
static void *storm(void *arg)
{
    int i;
    for (i = 0; i < 100; i++) {
        uint64_t probe;
        fail_times((int)(intptr_t)arg, 1, S);
        (void)admitted((int)(intptr_t)arg, S, &probe);
    }
    return NULL;
}

START_TEST(many_threads_at_once_lose_nothing)
{
    pthread_t thread[8];
    uint64_t probe;
    intptr_t i;
    for (i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, storm, (void *)i);
    for (i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    ck_assert_int_eq(*safe_peers_active, 8);
    for (i = 0; i < 8; i++)
        ck_assert(!admitted((int)i, S, &probe));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_peer_that_never_failed_leaves_no_trace);
    tcase_add_test(tests, only_the_peer_whose_requests_fault_is_refused);
    tcase_add_test(tests, a_probe_that_faults_opens_again_and_a_late_one_does_not);
    tcase_add_test(tests, of_one_peer_only_the_first_failure_counts_for_the_routine);
    tcase_add_test(tests, a_peer_that_behaves_again_is_forgotten);
    tcase_add_test(tests, an_excluded_probe_frees_its_place);
    tcase_add_test(tests, refused_connections_are_counted_once);
    tcase_add_test(tests, the_keeper_forgets_who_has_nothing_counted);
    tcase_add_test(tests, changes_are_told_in_their_order);
    tcase_add_test(tests, of_too_many_changes_the_last_are_told);
    tcase_add_test(tests, a_full_table_gives_up_the_closed_idle_one_that_is_oldest);
    tcase_add_test(tests, a_result_does_not_count_for_who_has_the_place_by_then);
    tcase_add_test(tests, a_descriptor_keeps_its_probe_until_it_is_taken);
    tcase_add_test(tests, a_forked_child_starts_with_an_empty_table);
    tcase_add_test(tests, what_several_clients_share_is_not_refused);
    tcase_add_test(tests, who_has_killed_is_refused_ten_times_as_long);
    tcase_add_test(tests, what_one_life_has_counted_the_next_refuses);
    tcase_add_test(tests, many_threads_at_once_lose_nothing);
}
