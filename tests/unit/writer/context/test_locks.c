/* SPDX-License-Identifier: MIT */
/* The note of held locks, names of functions that wait, times in words, locks by their bytes. */
#include <stdlib.h>
#include <string.h>

#include "context/futex.h"
#include "context/lock_names.h"
#include "context/locks.h"
#include "context/wait_text.h"
#include "unit.h"

static struct core_span span(const char *text)
{
    return (struct core_span){(const uint8_t *)text, strlen(text)};
}

START_TEST(the_note_of_held_locks)
{
    struct notes_thread threads[] = {{.tid = 7}, {.tid = 5}};
    const struct notes notes = {.threads = threads, .thread_count = 2};
    struct tid_index tids;
    struct waits waits = {0};
    ck_assert_int_eq(tid_index_make(&notes, &tids), 0);
    ck_assert_int_eq(
        locks_read(span("5 mutex 0x10\n7 file 0x3\n5 write 0x20\n"
                        "9 mutex 0x10\n5 mutex\n5  0x10\nx mutex 0x10\n5 MUTEX 0x1\n5 mutex 0xzz\n"
                        "5 averylongkind 0x1\n\n5 mutex 0x10 more\n7 more 0x2"),
                   &tids, &waits),
        0);
    ck_assert_uint_eq(waits.held_count, 4);
    ck_assert_uint_eq(waits.held[0].thread, 0);
    ck_assert_str_eq(waits.held[0].kind, "file");
    ck_assert_uint_eq(waits.held[0].address, 3);
    ck_assert_str_eq(waits.held[1].kind, "more");
    ck_assert_uint_eq(waits.held[2].thread, 1);
    ck_assert_uint_eq(waits.held[2].address, 0x10);
    ck_assert_str_eq(waits.held[3].kind, "write");
    free(waits.held);
    ck_assert_int_eq(locks_read(span(""), &tids, &waits), 0);
    ck_assert_uint_eq(waits.held_count, 0);
    free(waits.held);
    tid_index_release(&tids);
}
END_TEST

static void plain(const char *function, const char *expected)
{
    char name[LOCK_NAME_BYTES];
    lock_names_plain(function, strlen(function), name);
    ck_assert_str_eq(name, expected);
}

START_TEST(names_without_what_libc_adds)
{
    char name[500];
    plain("__GI___poll", "poll");
    plain("___pthread_mutex_lock", "pthread_mutex_lock");
    plain("__new_sem_wait_slow64.constprop.0", "sem_wait_slow64");
    plain("__libc_recv", "recv");
    plain("pthread_cond_wait@@GLIBC_2.3.2", "pthread_cond_wait");
    plain("runtime.futex.abi0", "futex");
    plain("_", "_");
    plain("", "");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    char shown[LOCK_NAME_BYTES];
    lock_names_plain(name, sizeof name - 1, shown);
    ck_assert_uint_eq(strlen(shown), LOCK_NAME_BYTES - 1);
}
END_TEST

START_TEST(what_functions_wait_for)
{
    ck_assert_int_eq(lock_names_kind("pthread_mutex_lock"), WAIT_MUTEX);
    ck_assert_int_eq(lock_names_kind("lll_lock_wait"), WAIT_MUTEX);
    ck_assert_int_eq(lock_names_kind("lll_lock_wait_private"), WAIT_LIBC);
    ck_assert_int_eq(lock_names_kind("pthread_cond_clockwait"), WAIT_CONDITION);
    ck_assert_int_eq(lock_names_kind("sem_wait_slow64"), WAIT_SEMAPHORE);
    ck_assert_int_eq(lock_names_kind("pthread_rwlock_rdlock"), WAIT_RWLOCK);
    ck_assert_int_eq(lock_names_kind("pthread_clockjoin_ex"), WAIT_THREAD_END);
    ck_assert_int_eq(lock_names_kind("semaphore_of_mine"), WAIT_FUTEX);
    ck_assert_int_eq(lock_names_kind("main"), WAIT_FUTEX);
    ck_assert_int_eq(lock_names_kind(""), WAIT_FUTEX);
}
END_TEST

static void time_is(int64_t ns, const char *expected)
{
    struct thread_wait wait = {.text = ""};
    wait_text_add_time(&wait, ns);
    ck_assert_str_eq(wait.text, expected);
}

START_TEST(times_in_words)
{
    time_is(1500000000, "1.5 s");
    time_is(INT64_C(5000000000000), "5000 s");
    time_is(20000000, "20 ms");
    time_is(1002003, "1.002 ms");
    time_is(3000, "3 us");
    time_is(0, "0 us");
    time_is(-1, "a time that is not known");
}
END_TEST

START_TEST(a_long_text_is_cut)
{
    struct thread_wait wait = {.text = ""};
    for (int i = 0; i < 100; i++)
        wait_text_add(&wait, "%s", "descriptor ");
    ck_assert_uint_eq(strlen(wait.text), WAIT_TEXT_BYTES - 1);
}
END_TEST

/* A core with one segment: the bytes of a lock at 0x1000. */
static bool read_lock_of(bool is_musl, const void *bytes, size_t size, uint64_t word, enum wait_kind kind,
                         struct futex_lock *ret)
{
    struct core_segment segment = {0x1000, size, bytes};
    struct core_file core = {.segments = &segment, .segment_count = 1};
    struct modules modules = {.has_musl = is_musl};
    const struct maps maps = {0};
    const struct memory memory = {&core, &modules, &maps};
    return futex_lock_read(&memory, word, kind, ret);
}

static bool read_lock(const void *bytes, size_t size, uint64_t word, enum wait_kind kind,
                      struct futex_lock *ret)
{
    return read_lock_of(false, bytes, size, word, kind, ret);
}

START_TEST(locks_of_musl_by_their_bytes)
{
    struct futex_lock lock;
    const uint32_t normal[2] = {0, 0x80000010}, recursive[2] = {1, 0x80000000 | 42}, robust[2] = {4 | 2, 42},
                   stale[2] = {0x5581, 0x80000010};
    ck_assert(read_lock_of(true, normal, sizeof normal, 0x1004, WAIT_MUTEX, &lock));
    ck_assert_uint_eq(lock.address, 0x1000);
    ck_assert_int_eq(lock.owner, 0);
    ck_assert(!read_lock_of(true, normal, sizeof normal, 0x1004, WAIT_FUTEX, &lock));
    ck_assert(read_lock_of(true, recursive, sizeof recursive, 0x1004, WAIT_FUTEX, &lock));
    ck_assert_int_eq(lock.owner, 42);
    ck_assert(read_lock_of(true, robust, sizeof robust, 0x1004, WAIT_MUTEX, &lock));
    ck_assert_int_eq(lock.owner, 42);
    ck_assert(!read_lock_of(true, stale, sizeof stale, 0x1004, WAIT_MUTEX, &lock));
    ck_assert(!read_lock_of(true, normal, sizeof normal, 0x2000, WAIT_MUTEX, &lock));
    ck_assert(read_lock_of(true, normal, sizeof normal, 0x1000, WAIT_RWLOCK, &lock));
    ck_assert_int_eq(lock.owner, 0);
}
END_TEST

START_TEST(locks_by_their_bytes)
{
    struct futex_lock lock;
    const uint32_t plain_mutex[5] = {2, 1, 42, 1, 0}, robust[5] = {0x80000000 | 42, 1, 7, 1, 16},
                   wrong_kind[5] = {2, 1, 42, 1, 0x7fffffff}, free_mutex[5] = {2, 0, 0, 0, 0},
                   rwlock[8] = {0, 0, 3, 2, 0, 0, 42, 0};
    ck_assert(read_lock(plain_mutex, sizeof plain_mutex, 0x1000, WAIT_MUTEX, &lock));
    ck_assert(lock.kind == WAIT_MUTEX && lock.owner == 42 && lock.address == 0x1000);
    ck_assert(read_lock(plain_mutex, sizeof plain_mutex, 0x1000, WAIT_FUTEX, &lock));
    ck_assert(read_lock(robust, sizeof robust, 0x1000, WAIT_MUTEX, &lock));
    ck_assert_int_eq(lock.owner, 42);
    ck_assert(!read_lock(wrong_kind, sizeof wrong_kind, 0x1000, WAIT_MUTEX, &lock));
    ck_assert(read_lock(free_mutex, sizeof free_mutex, 0x1000, WAIT_MUTEX, &lock));
    ck_assert(!read_lock(free_mutex, sizeof free_mutex, 0x1000, WAIT_FUTEX, &lock));
    ck_assert(!read_lock(plain_mutex, 12, 0x1000, WAIT_MUTEX, &lock)); /* its end is not in the core */
    ck_assert(read_lock(rwlock, sizeof rwlock, 0x1008, WAIT_RWLOCK, &lock));
    ck_assert(lock.owner == 42 && lock.address == 0x1000);
    ck_assert(read_lock(rwlock, sizeof rwlock, 0x100c, WAIT_RWLOCK, &lock));
    ck_assert(lock.owner == 42 && lock.address == 0x1000);
    ck_assert(!read_lock(rwlock, sizeof rwlock, 0x1008, WAIT_CONDITION, &lock));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_note_of_held_locks);
    tcase_add_test(tests, names_without_what_libc_adds);
    tcase_add_test(tests, what_functions_wait_for);
    tcase_add_test(tests, times_in_words);
    tcase_add_test(tests, a_long_text_is_cut);
    tcase_add_test(tests, locks_by_their_bytes);
    tcase_add_test(tests, locks_of_musl_by_their_bytes);
}
