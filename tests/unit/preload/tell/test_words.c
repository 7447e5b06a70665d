/* SPDX-License-Identifier: MIT */
/* Tables of threads, the process's tags, and the ring of events. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "state/config.h"
#include "state/fault.h"
#include "tell/memory.h"
#include "tell/words.h"
#include "unit.h"

const struct crumple_config *crumple_config;
static struct safe_state state;

static int tag(const char *name, const char *text, bool of_process)
{
    char value[SAFE_TAG_VALUE_BYTES] = "";
    snprintf(value, sizeof value, "%s", text);
    return of_process ? safe_process_tag(name, value) : safe_thread_tag(name, value, false);
}

static int event(const char *text)
{
    char value[SAFE_EVENT_TEXT_BYTES] = "";
    snprintf(value, sizeof value, "%s", text);
    return safe_told_event_add(value, 5);
}

struct known {
    int tid;
    uint64_t fs_base;
    const struct safe_tags *tags;
    pthread_barrier_t *told, *seen;
};

static void *tell(void *known)
{
    struct known *k = known;
    char text[16];
    k->tid = safe_gettid();
    k->fs_base = safe_fs_base();
    snprintf(text, sizeof text, "%d", k->tid);
    ck_assert_int_eq(tag("tid", text, false), 0);
    k->tags = safe_tags_own;
    pthread_barrier_wait(k->told);
    pthread_barrier_wait(k->seen);
    return NULL;
}

#define THREADS 100

START_TEST(each_thread_has_a_table_that_is_found_by_its_thread_pointer)
{
    pthread_barrier_t told, seen;
    pthread_t threads[THREADS];
    static struct known known[THREADS];
    struct safe_tag t;
    char text[16];
    for (int round = 0; round < 3; round++) {
        pthread_barrier_init(&told, NULL, THREADS + 1);
        pthread_barrier_init(&seen, NULL, THREADS + 1);
        for (int i = 0; i < THREADS; i++) {
            known[i] = (struct known){.told = &told, .seen = &seen};
            pthread_create(&threads[i], NULL, tell, &known[i]);
        }
        pthread_barrier_wait(&told);
        for (int i = 0; i < THREADS; i++) {
            const struct safe_tags *tags = safe_tags_of(known[i].tid, known[i].fs_base, i % 2);
            ck_assert_ptr_eq(tags, known[i].tags);
            ck_assert_ptr_null(safe_tags_of(known[i].tid + 1, known[i].fs_base, true));
            ck_assert(safe_tags_read(tags, 0, &t));
            snprintf(text, sizeof text, "%d", known[i].tid);
            ck_assert_str_eq(t.value[0], text);
        }
        ck_assert_ptr_null(safe_tags_of(1, 0, true));
        ck_assert_ptr_null(safe_tags_of(1, 4096, false));
        pthread_barrier_wait(&seen);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
}
END_TEST

static void count_bytes(uint64_t start, uint64_t end, void *bytes)
{
    *(uint64_t *)bytes += end - start;
}

static void *tell_once(void *unused)
{
    ck_assert_int_eq(tag("a", "b", false), 0);
    return unused;
}

/* A server that makes a thread for each connection. */
START_TEST(tables_of_ended_threads_are_used_again)
{
    uint64_t bytes = 0;
    for (int i = 0; i < 3000; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, tell_once, NULL);
        pthread_join(thread, NULL);
    }
    safe_tell_each(count_bytes, &bytes);
    ck_assert_uint_gt(bytes, 0);
    ck_assert_uint_le(bytes, (64 + 128) * 4096);
}
END_TEST

START_TEST(a_forked_child_keeps_the_table_of_its_thread)
{
    ck_assert_int_eq(tag("a", "1", false), 0);
    pid_t child = fork();
    if (child == 0) {
        struct safe_tag t;
        safe_tags_forked();
        const struct safe_tags *tags = safe_tags_of(safe_gettid(), safe_fs_base(), false);
        _exit(tags && safe_tags_read(tags, 0, &t) && strcmp(t.value[0], "1") == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(the_process_has_tags_of_its_own)
{
    struct safe_tag t;
    safe_state = &state;
    ck_assert_ptr_null(safe_process_tags());
    ck_assert_int_eq(tag("build", "1.42", true), 0);
    ck_assert(safe_tags_read(safe_process_tags(), 0, &t));
    ck_assert_str_eq(t.name, "build");
    ck_assert_int_eq(safe_process_tag("build", NULL), 0);
    ck_assert(!safe_tags_read(safe_process_tags(), 0, &t));
    ck_assert_int_eq(safe_process_tag("build", NULL), -ENOENT);
    state.tag_lock = 1; /* of a thread that does not go on */
    ck_assert_int_eq(tag("build", "1.43", true), -EAGAIN);
    ck_assert_int_eq(tag("build", "1.43", true), -EAGAIN);
    ck_assert_int_eq(tag("build", "1.43", true), 0);
    ck_assert_int_eq(state.tag_lock, 0);
}
END_TEST

START_TEST(a_change_of_the_process_that_nobody_ends_refuses_no_other)
{
    safe_state = &state;
    ck_assert_int_eq(tag("build", "1.42", true), 0);
    ((struct safe_tags *)safe_process_tags())->is_busy = true; /* before a fork, by another thread */
    ck_assert_int_eq(tag("build", "1.43", true), 0);
}
END_TEST

START_TEST(the_ring_has_the_last_events_in_order)
{
    struct safe_told_event e;
    uint64_t number = 0;
    char text[16];
    ck_assert(!safe_told_event_next(&number, &e));
    for (int i = 1; i <= 1000; i++) {
        snprintf(text, sizeof text, "event %d", i);
        ck_assert_int_eq(event(text), 0);
    }
    for (int i = 1000 - SAFE_EVENTS_MAX + 1; i <= 1000; i++) {
        ck_assert(safe_told_event_next(&number, &e));
        snprintf(text, sizeof text, "event %d", i);
        ck_assert_str_eq(e.text, text);
        ck_assert_int_eq(e.tid, -safe_gettid());
        ck_assert_uint_eq(e.time_ns, 5);
    }
    ck_assert(!safe_told_event_next(&number, &e));
}
END_TEST

static void *tell_events(void *unused)
{
    for (int i = 0; i < 10000; i++)
        (void)event("from many");
    return unused;
}

START_TEST(threads_share_the_ring)
{
    struct safe_told_event e;
    uint64_t number = 0;
    int count = 0;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, tell_events, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    while (safe_told_event_next(&number, &e)) {
        ck_assert_str_eq(e.text, "from many");
        count++;
    }
    ck_assert_int_gt(count, SAFE_EVENTS_MAX / 2);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, each_thread_has_a_table_that_is_found_by_its_thread_pointer);
    tcase_add_test(tests, tables_of_ended_threads_are_used_again);
    tcase_add_test(tests, a_forked_child_keeps_the_table_of_its_thread);
    tcase_add_test(tests, the_process_has_tags_of_its_own);
    tcase_add_test(tests, a_change_of_the_process_that_nobody_ends_refuses_no_other);
    tcase_add_test(tests, the_ring_has_the_last_events_in_order);
    tcase_add_test(tests, threads_share_the_ring);
}
