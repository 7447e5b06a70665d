/* SPDX-License-Identifier: MIT */
/* Unit tests of the table of start routines: those of std::thread, a full table, threads that race. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "routines.h"
#include "state/config.h"

const struct crumple_config *crumple_config;

static void *conn_worker(void *argument)
{
    return argument;
}

/* Any code of libstdc++ stands for its own routine, which has no symbol. */
static routine *native(void)
{
    return get(load("libstdc++.so.6"), "_ZNSt6thread4joinEv");
}

static void std_states(void *out[6])
{
    void (*make)(void **);
    *(void **)&make = dlsym(load(library("lib_std.so")), "std_states");
    ck_assert_ptr_nonnull(make);
    make(out);
}

START_TEST(a_std_thread_is_called_by_its_callable)
{
    void *state[6];
    const struct safe_routine *r;
    std_states(state);
    r = found(native(), state[0]);
    ck_assert(r->is_std_thread);
    ck_assert_str_eq(r->names, "game::handle");
    ck_called(r, "_ZN4game6handleEi");
    ck_called(r, "PFviE");
    r = found(native(), state[2]);
    ck_assert_str_eq(r->names, "game::Server::serve");
    ck_called(r, "_ZN4game6Server5serveEi");
    ck_called(r, "MN4game6ServerEFviE");
    r = found(native(), state[3]);
    ck_assert_str_eq(r->names, "game::Server::start::{lambda}");
    ck_called(r, "ZN4game6Server5startEiPPvEUlvE_");
    r = found(native(), state[4]);
    ck_assert_str_eq(r->names, "game::Functor");
    ck_called(r, "N4game7FunctorE");
    ck_assert(r->is_std_thread);
}
END_TEST

START_TEST(functions_of_one_type_are_told_apart_and_their_arguments_not)
{
    void *state[6];
    std_states(state);
    ck_assert_str_eq(found(native(), state[1])->names, "game::other");
    ck_assert_uint_ne(routines_find(native(), state[0]), routines_find(native(), state[1]));
    ck_assert_uint_eq(routines_find(native(), state[0]), routines_find(native(), state[5]));
}
END_TEST

START_TEST(a_static_libstdcxx_is_known_by_its_routine)
{
    routine *r = given(load(library("lib_whole.so")), "lib_native_routine");
    void *state[6];
    std_states(state);
    ck_assert_str_eq(found(r, state[0])->names, "game::handle");
    ck_assert(found(r, state[0])->is_std_thread);
}
END_TEST

START_TEST(an_argument_that_is_no_state_does_no_harm)
{
    uint64_t words[2] = {0x1234567, 0}, none[2] = {0, 0};
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *state[6];
    munmap(page + 4096, 4096);
    ck_assert(found(native(), NULL)->is_std_thread);
    ck_assert(found(native(), (void *)8)->is_std_thread);
    ck_assert(found(native(), none)->is_std_thread);
    ck_assert_str_eq(found(native(), words)->names, "std::thread");
    std_states(state);
    memcpy(page + 4096 - 16, state[4], 16); /* a small state where its mapping ends */
    ck_assert_str_eq(found(native(), page + 4096 - 16)->names, "game::Functor");
    ck_assert_str_eq(found(conn_worker, (void *)1)->names, "conn_worker");
}
END_TEST

static void *wrapper(void *argument)
{
    return argument;
}

/* As GLib's, APR's and icecast2's: the function is somewhere in what the argument leads to. */
START_TEST(a_wrapper_is_also_known_by_what_it_calls)
{
    struct {
        void *data;
        routine *function;
        const char *name;
    } first = {&first, conn_worker, "a"}, second = {&second, wrapper, "b"}, none = {&none, NULL, "c"};
    const struct safe_routine *r = found(wrapper, &first);
    ck_assert_str_eq(r->names, "wrapper");
    ck_called(r, "conn_worker");
    ck_assert_uint_ne(r->of, 0);
    ck_assert_uint_eq(routines_find(wrapper, &first), routines_find(wrapper, &first));
    ck_assert_uint_ne(routines_find(wrapper, &first), routines_find(wrapper, &second));
    ck_assert_uint_eq(found(wrapper, &none)->of, 0);
    ck_assert_uint_eq(found(wrapper, &first)->of, 0); /* it was no wrapper after all */
}
END_TEST

START_TEST(a_full_table_has_no_entry)
{
    uintptr_t i;
    for (i = 1; i <= ROUTINES_MAX; i++)
        ck_assert_uint_ne(routines_find((routine *)(i * 16), NULL), 0);
    ck_assert_uint_eq(routines_find(conn_worker, NULL), 0);
    ck_assert_uint_ne(routines_find((routine *)16, NULL), 0);
}
END_TEST

static void *find_all(void *ret)
{
    uint16_t *index = ret;
    uintptr_t i;
    for (i = 0; i < 64; i++)
        index[i] = routines_find((routine *)((i + 1) * 4096), NULL);
    return NULL;
}

START_TEST(threads_that_race_get_the_same_entry)
{
    static uint16_t index[8][64];
    pthread_t thread[8];
    int i, j;
    for (i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, find_all, index[i]);
    for (i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    for (i = 0; i < 8; i++)
        for (j = 0; j < 64; j++) {
            ck_assert_uint_ne(index[i][j], 0);
            ck_assert_uint_eq(index[i][j], index[0][j]);
        }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_std_thread_is_called_by_its_callable);
    tcase_add_test(tests, functions_of_one_type_are_told_apart_and_their_arguments_not);
    tcase_add_test(tests, a_static_libstdcxx_is_known_by_its_routine);
    tcase_add_test(tests, an_argument_that_is_no_state_does_no_harm);
    tcase_add_test(tests, a_wrapper_is_also_known_by_what_it_calls);
    tcase_add_test(tests, a_full_table_has_no_entry);
    tcase_add_test(tests, threads_that_race_get_the_same_entry);
}
