/* SPDX-License-Identifier: MIT */
/* Where a stack of C ends: by call frame information and by names, with symbols and without. */
#include <string.h>

#include "unit.h"
#include "walk/c_below_go.h"

struct row {
    const char *function; /* NULL: stripped */
    bool has_information, is_nowhere;
};

static size_t count(const struct row *rows, size_t rows_count)
{
    static struct module module;
    struct place items[8];
    struct frame frames[8];
    const struct stack stack = {.count = rows_count};
    const struct walker walker = {.places = {.items = items}, .frames = frames};
    memset(items, 0, sizeof items);
    memset(frames, 0, sizeof frames);
    for (size_t i = 0; i < rows_count; i++) {
        frames[i].place = (uint32_t)i;
        items[i].function = rows[i].function;
        items[i].function_size = rows[i].function ? (uint32_t)strlen(rows[i].function) : 0;
        items[i].has_information = rows[i].has_information;
        items[i].is_executable = !rows[i].is_nowhere;
        items[i].module = rows[i].is_nowhere ? NULL : &module;
    }
    return c_below_go(&walker, &stack);
}

#define COUNT(...)                                                                                           \
    count((const struct row[]){__VA_ARGS__}, sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

START_TEST(c_below_go_ends_at_go)
{
    ck_assert_uint_eq(COUNT({"deepest", true, false}, {"fault_here", true, false},
                            {"_cgo_5d7aaf9e0a5b_Cfunc_fault_here", true, false},
                            {"runtime.asmcgocall.abi0", false, false}, {"stale", true, false}),
                      2);
    ck_assert_uint_eq(
        COUNT({NULL, true, false}, {NULL, true, false}, {NULL, false, false}, {NULL, true, false}), 2);
    ck_assert_uint_eq(COUNT({"raise", true, false}, {"abort", true, false}), 2);
}
END_TEST

START_TEST(no_c_at_all)
{
    ck_assert_uint_eq(COUNT({"runtime.futex.abi0", false, false}, {"runtime.futexsleep", false, false}), 0);
    ck_assert_uint_eq(COUNT({"runtime.futex.abi0", true, false}), 0);
    ck_assert_uint_eq(COUNT({NULL, false, false}, {"main", true, false}), 0);
    ck_assert_uint_eq(count(NULL, 0), 0);
}
END_TEST

START_TEST(a_jump_to_nowhere)
{
    ck_assert_uint_eq(COUNT({NULL, false, true}, {"caller", true, false}, {NULL, false, false}), 2);
    ck_assert_uint_eq(COUNT({NULL, false, true}, {NULL, false, false}), 0);
    ck_assert_uint_eq(COUNT({NULL, false, true}), 0);
}
END_TEST

START_TEST(the_stub_alone)
{
    ck_assert_uint_eq(
        COUNT({"_cgo_5d7aaf9e0a5b_Cfunc_f", true, false}, {"runtime.asmcgocall.abi0", false, false}), 1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, c_below_go_ends_at_go);
    tcase_add_test(tests, no_c_at_all);
    tcase_add_test(tests, a_jump_to_nowhere);
    tcase_add_test(tests, the_stub_alone);
}
