/* SPDX-License-Identifier: MIT */
/* Unit tests of the pool of alternate stacks: each owner has a stack of its own, and what nobody has any more
 * goes back to the kernel. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "state/config.h"
#include "state/altstack.h"
#include "base/io.h"
#include "base/sys.h"
#include "unit.h"

#define MANY 1000

const struct crumple_config *crumple_config;

static struct safe_altstack *taken[MANY + 1];

/* As a thread that lives, or one that the kernel no longer knows. */
static void own(struct safe_altstack *a, bool lives)
{
    __atomic_store_n(&a->owner, lives ? (uint64_t)safe_gettid() : INT32_MAX, __ATOMIC_RELEASE);
}

static void take_many(bool live)
{
    int i;
    for (i = 0; i < MANY; i++) {
        taken[i] = safe_altstack_take();
        ck_assert_ptr_nonnull(taken[i]);
        own(taken[i], true);
    }
    for (i = 0; i < MANY; i++)
        own(taken[i], live);
}

static bool is_mapped(const struct safe_altstack *a)
{
    return safe_is_readable((uint64_t)a->base) &&
           safe_is_readable((uint64_t)a->base + safe_altstack_bytes() - 1);
}

static int count_mapped(void)
{
    int i, count = 0;
    for (i = 0; i < MANY; i++)
        count += is_mapped(taken[i]);
    return count;
}

START_TEST(stacks_do_not_overlap)
{
    int i;
    take_many(true);
    for (i = 0; i < MANY; i++)
        memset(taken[i]->base, i, safe_altstack_bytes());
    for (i = 0; i < MANY; i++) {
        ck_assert_int_eq(taken[i]->base[0], (char)i);
        ck_assert_int_eq(taken[i]->base[safe_altstack_bytes() - 1], (char)i);
    }
}
END_TEST

START_TEST(there_is_a_guard_below_each_chunk)
{
    int i, guards = 0;
    take_many(true);
    for (i = 0; i < MANY; i++)
        guards += !safe_is_readable((uint64_t)taken[i]->base - 1);
    ck_assert_int_ge(guards, 6);
}
END_TEST

START_TEST(stacks_in_use_stay)
{
    take_many(true);
    safe_altstack_trim();
    ck_assert_int_eq(count_mapped(), MANY);
}
END_TEST

START_TEST(stacks_of_ended_threads_go_but_for_a_reserve)
{
    take_many(false);
    safe_altstack_trim();
    ck_assert_int_eq(count_mapped(), 16);
}
END_TEST

START_TEST(one_thread_keeps_its_neighbours_stacks_only)
{
    take_many(false);
    own(taken[100], true);
    safe_altstack_trim();
    ck_assert(is_mapped(taken[100]));
    ck_assert_int_lt(count_mapped(), 16 + 128);
    own(taken[100], false);
    safe_altstack_trim();
    ck_assert_int_eq(count_mapped(), 16);
}
END_TEST

START_TEST(what_was_given_back_is_there_again_when_it_is_taken)
{
    int i;
    take_many(false);
    safe_altstack_trim();
    for (i = 0; i < MANY; i++)
        safe_altstack_leave(taken[i]);
    take_many(true);
    ck_assert_int_eq(count_mapped(), MANY);
    for (i = 0; i < MANY; i++)
        memset(taken[i]->base, i, safe_altstack_bytes());
    safe_altstack_trim();
    ck_assert_int_eq(taken[999]->base[0], (char)999);
}
END_TEST

START_TEST(a_stack_that_was_never_used_goes_back_too)
{
    struct safe_altstack *a;
    take_many(false);
    a = safe_altstack_take();
    ck_assert_ptr_nonnull(a);
    safe_altstack_trim();
    ck_assert(is_mapped(a));
    safe_altstack_release(a);
    safe_altstack_trim();
    ck_assert(!is_mapped(a));
}
END_TEST

/* Its owner's record and stack are in what the search for locks leaves out. */
START_TEST(the_surroundings_of_a_record_are_known)
{
    struct safe_altstack_around around;
    const int which[] = {0, 15, 16, 500, 999};
    size_t i;
    take_many(true);
    for (i = 0; i < sizeof which / sizeof *which; i++) {
        const struct safe_altstack *a = taken[which[i]];
        safe_altstack_around(&a->thread, &around);
        ck_assert_uint_le(around.stacks_start, (uint64_t)a->base);
        ck_assert_uint_ge(around.stacks_end, (uint64_t)a->base + safe_altstack_bytes());
        ck_assert_uint_le(around.entries_start, (uint64_t)a);
        ck_assert_uint_ge(around.entries_end, (uint64_t)(a + 1));
    }
}
END_TEST

static _Atomic bool stop;

/* Takes stacks and writes to them; a stack that went away or has two owners does not survive that. */
static void *busy(void *unused)
{
    struct safe_altstack *mine[40];
    uint64_t self = (uint64_t)safe_gettid();
    int i;
    while (!stop) {
        for (i = 0; i < 40; i++) {
            mine[i] = safe_altstack_take();
            own(mine[i], true);
            memcpy(mine[i]->base, &self, sizeof self);
        }
        for (i = 0; i < 40; i++) {
            ck_assert_int_eq(memcmp(mine[i]->base, &self, sizeof self), 0);
            safe_altstack_release(mine[i]);
        }
    }
    return unused;
}

START_TEST(threads_take_while_others_give_back)
{
    pthread_t thread[4];
    uint64_t until = safe_clock_ns(1) + UINT64_C(500000000);
    size_t i;
    take_many(false);
    for (i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, busy, NULL);
    while (safe_clock_ns(1) < until)
        safe_altstack_trim();
    stop = true;
    for (i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, stacks_do_not_overlap);
    tcase_add_test(tests, there_is_a_guard_below_each_chunk);
    tcase_add_test(tests, stacks_in_use_stay);
    tcase_add_test(tests, stacks_of_ended_threads_go_but_for_a_reserve);
    tcase_add_test(tests, one_thread_keeps_its_neighbours_stacks_only);
    tcase_add_test(tests, what_was_given_back_is_there_again_when_it_is_taken);
    tcase_add_test(tests, a_stack_that_was_never_used_goes_back_too);
    tcase_add_test(tests, the_surroundings_of_a_record_are_known);
    tcase_add_test(tests, threads_take_while_others_give_back);
}
