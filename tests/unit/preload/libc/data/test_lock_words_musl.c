/* SPDX-License-Identifier: MIT */
/* Locks of musl in a piece of memory. The file asks nothing of musl: it is compiled here with the test. */
#include "libc/data/lock_words_musl.c"

#include <string.h>

#include "unit.h"

#define TID 4711

struct mutex {
    uint32_t kind, lock, waiters, reserved, unused, count;
    uint64_t before, next;
};

static uint32_t find(const struct mutex *mutex, int tid, int *ret_owner)
{
    uint64_t words[12] = {0, TID, 0x1000};
    memcpy(words + 3, mutex, sizeof *mutex);
    return libc_lock_find(words, 12, 0, (const int[]){tid, 0}, ret_owner);
}

static const struct mutex recursive = {
    .kind = 1, .lock = TID, .count = 1, .before = 0x7f0000001000, .next = 0x7f0000002008};

START_TEST(a_mutex_that_notes_its_owner_is_found)
{
    int owner = 0;
    ck_assert_uint_eq(find(&recursive, TID, &owner), 4);
    ck_assert_int_eq(owner, TID);
    struct mutex other = recursive;
    other.kind = 0x80 | 4 | 2; /* shared, robust, error-checking */
    other.lock |= 0x80000000u; /* somebody waits */
    other.waiters = 3;
    ck_assert_uint_eq(find(&other, TID, &owner), 4);
    ck_assert_uint_eq(find(&recursive, TID + 1, &owner), 0);
}
END_TEST

START_TEST(what_only_looks_like_a_mutex_is_none)
{
    int owner = 0;
    struct mutex other = recursive;
    other.kind = 0; /* the default kind has EBUSY there, whoever holds it */
    ck_assert_uint_eq(find(&other, TID, &owner), 0);
    other = recursive;
    other.kind = 0x40;
    ck_assert_uint_eq(find(&other, TID, &owner), 0);
    other = recursive;
    other.next = 0; /* on no list */
    ck_assert_uint_eq(find(&other, TID, &owner), 0);
    other = recursive;
    other.before = 0x7f0000001003;
    ck_assert_uint_eq(find(&other, TID, &owner), 0);
}
END_TEST

START_TEST(a_mutex_that_is_cut_off_is_none)
{
    uint64_t words[4];
    int owner = 0;
    memcpy(words, &recursive, sizeof words);
    ck_assert_uint_eq(libc_lock_find(words, 4, 0, (const int[]){TID, 0}, &owner), 0);
}
END_TEST

START_TEST(a_mutex_on_its_owners_list_is_confirmed)
{
    uint64_t head, elsewhere = 0;
    struct mutex listed = recursive;
    listed.before = (uint64_t)&head;
    head = (uint64_t)&listed.next;
    ck_assert(libc_lock_confirm((uint64_t)&listed));
    listed.before = (uint64_t)&elsewhere;
    ck_assert(!libc_lock_confirm((uint64_t)&listed));
    listed.before = 8;
    ck_assert(!libc_lock_confirm((uint64_t)&listed));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_mutex_that_notes_its_owner_is_found);
    tcase_add_test(tests, what_only_looks_like_a_mutex_is_none);
    tcase_add_test(tests, a_mutex_on_its_owners_list_is_confirmed);
    tcase_add_test(tests, a_mutex_that_is_cut_off_is_none);
}
