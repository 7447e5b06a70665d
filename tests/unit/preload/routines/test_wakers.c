/* SPDX-License-Identifier: MIT */
/* Unit tests of what the code of a start routine can wake. */
#include "routines.h"
#include "routines/wakers.h"
#include "state/config.h"

const struct crumple_config *crumple_config;

static const char *const libraries[] = {"wakers_stubs.so", "wakers_slots.so"};
static const struct {
    const char *what;
    bool wakes;
} routines[] = {
    {"the last one wakes", true},
    {"a function that it calls wakes", true},
    {"a function three calls away wakes", false},
    {"it waits, and wakes nobody", false},
};

START_TEST(a_routine_that_can_wake_is_known_by_its_code)
{
    const int which = _i % 4;
    routine *(*routine_of)(int);
    *(void **)&routine_of = dlsym(load(library(libraries[_i / 4])), "routine_of");
    ck_assert_msg(found(routine_of(which), NULL)->wakes == routines[which].wakes, "%s", routines[which].what);
}
END_TEST

static bool wakes(uint64_t address)
{
    struct routines_map map;
    ck_assert_int_eq(routines_map_open(&map), 0);
    bool answer = routines_wakes(&map, address);
    routines_map_close(&map);
    return answer;
}

START_TEST(what_is_no_function_wakes_nobody)
{
    routine *(*routine_of)(int);
    *(void **)&routine_of = dlsym(load(library("wakers_stubs.so")), "routine_of");
    ck_assert(wakes((uint64_t)routine_of(0)));
    ck_assert(!wakes((uint64_t)routine_of(0) + 1)); /* its middle */
    ck_assert(!wakes((uint64_t)libraries));
    ck_assert(!wakes(0));
    ck_assert(!wakes(UINT64_MAX));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, a_routine_that_can_wake_is_known_by_its_code, 0, 8);
    tcase_add_test(tests, what_is_no_function_wakes_nobody);
}
