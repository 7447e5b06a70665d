/* SPDX-License-Identifier: MIT */
/* Unit tests of crumple-run's part in the breakers of peers: the memory, and the events of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold/peers.h"
#include "peer_table.h"
#include "unit.h"

#define S UINT64_C(1000000000)

static char directory[] = "/tmp/crumple-peers-XXXXXX";
static struct hold_peers peers;
static const struct safe_peer peer = {4, {127, 0, 0, 2}};

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    setenv("CRUMPLE_DIR", directory, 1);
    setenv("CRUMPLE_WRITER", "/bin/true", 1);
    setenv("CRUMPLE_BREAKER", "trip=1,interval=60s,timeout=30s", 1);
    hold_peers_begin(&peers);
    ck_assert_int_ge(peers.fd, 0);
    hold_peers_life_began(&peers, getpid(), "/usr/bin/server");
}

/* What a shim does: strikes the peer until its breaker opens, and refuses it twice. */
static void strike(struct peer_table *table)
{
    uint64_t probe;
    for (int i = 0; i < 2; i++)
        peer_table_failed(table, &peers.given->breaker, &peer, 0, S);
    for (int i = 0; i < 2; i++)
        ck_assert(!peer_table_admit(table, &peers.given->breaker, &peer, S, &probe));
}

static void read_log(char *ret, size_t bytes)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%u/crashes.ndjson", directory, (unsigned)geteuid());
    FILE *log = fopen(path, "r");
    size_t n = log ? fread(ret, 1, bytes - 1, log) : 0;
    ret[n] = '\0';
    if (log)
        fclose(log);
    snprintf(path, sizeof path, "rm -rf %s", directory);
    ck_assert_int_eq(system(path), 0);
}

START_TEST(the_events_of_a_life_are_written)
{
    char log[4096];
    int status;
    begin();
    ck_assert_int_eq(hold_peers_step(&peers, 1), -1); /* nobody is woken for an empty table */
    ck_assert_int_eq(peers.writer, 0);                /* there is nothing to write */
    strike(peers.table);
    ck_assert_int_gt(hold_peers_step(&peers, 2), 0);
    ck_assert_int_eq(peers.writer, 0); /* not yet */
    ck_assert_int_gt(hold_peers_step(&peers, 2000000), 0);
    ck_assert_int_gt(peers.writer, 0);
    pid_t writer = peers.writer;
    ck_assert_int_eq(waitpid(writer, &status, 0), writer);
    ck_assert_int_eq(status, 0);
    ck_assert(!hold_peers_reaped(&peers, 1));
    ck_assert(hold_peers_reaped(&peers, writer));
    ck_assert_int_eq(peers.writer, 0);
    read_log(log, sizeof log);
    ck_assert_ptr_nonnull(strstr(log, "{\"event\":\"breaker\",\"exe\":\"/usr/bin/server\","));
    ck_assert_ptr_nonnull(
        strstr(log, ",\"scope\":\"peer\",\"name\":\"127.0.0.2\",\"from\":\"closed\",\"to\":\"open\"}\n"));
    ck_assert_ptr_nonnull(strstr(log, "{\"event\":\"peer_refused\",\"exe\":\"/usr/bin/server\","));
    ck_assert_ptr_nonnull(strstr(log, ",\"peer\":\"127.0.0.2\",\"count\":2}\n"));
}
END_TEST

START_TEST(what_is_left_at_the_end_is_written)
{
    char log[4096];
    begin();
    strike(peers.table);
    hold_peers_end(&peers);
    ck_assert_int_eq(peers.writer, 0);
    read_log(log, sizeof log);
    ck_assert_ptr_nonnull(strstr(log, "\"peer_refused\""));
    ck_assert_int_eq(hold_peers_step(&peers, 5000000), -1);
}
END_TEST

START_TEST(without_peers_breakers_there_is_no_memory)
{
    setenv("CRUMPLE_BREAKER", "peer=off", 1);
    hold_peers_begin(&peers);
    ck_assert_int_eq(peers.fd, -1);
    hold_peers_life_began(&peers, 1, "");
    ck_assert_int_eq(hold_peers_step(&peers, 1), -1);
    hold_peers_end(&peers);
}
END_TEST

START_TEST(a_server_can_neither_shrink_the_memory_nor_seal_it)
{
    begin();
    ck_assert_int_eq(ftruncate(peers.fd, 0), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(fcntl(peers.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(a_server_that_fills_the_memory_with_anything_costs_a_bounded_time)
{
    char log[1 << 20];
    begin();
    for (int byte = 1; byte < 256; byte += 127) {
        memset(peers.table, byte, PEER_TABLE_BYTES);
        peers.due_us = 0;
        (void)hold_peers_step(&peers, 1);
        if (peers.writer > 0) {
            (void)waitpid(peers.writer, NULL, 0);
            (void)hold_peers_reaped(&peers, peers.writer);
        }
    }
    hold_peers_life_began(&peers, getpid(), "/usr/bin/server");
    peers.due_us = 0;
    (void)hold_peers_step(&peers, 1);
    if (peers.writer > 0)
        (void)waitpid(peers.writer, NULL, 0);
    read_log(log, sizeof log);
}
END_TEST

START_TEST(a_lock_that_a_dead_process_holds_is_taken_from_it)
{
    uint64_t probe;
    begin();
    strike(peers.table);
    *(_Atomic int *)peers.table = 1; /* the lock comes first */
    ck_assert(peer_table_admit(peers.table, &peers.given->breaker, &peer, S, &probe));
    peers.writer = 1; /* nothing is written here */
    (void)hold_peers_step(&peers, 1000000);
    ck_assert(peer_table_admit(peers.table, &peers.given->breaker, &peer, S, &probe));
    (void)hold_peers_step(&peers, 2000000);
    ck_assert(!peer_table_admit(peers.table, &peers.given->breaker, &peer, S, &probe));
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_events_of_a_life_are_written);
    tcase_add_test(tests, what_is_left_at_the_end_is_written);
    tcase_add_test(tests, without_peers_breakers_there_is_no_memory);
    tcase_add_test(tests, a_server_can_neither_shrink_the_memory_nor_seal_it);
    tcase_add_test(tests, a_server_that_fills_the_memory_with_anything_costs_a_bounded_time);
    tcase_add_test(tests, a_lock_that_a_dead_process_holds_is_taken_from_it);
}
