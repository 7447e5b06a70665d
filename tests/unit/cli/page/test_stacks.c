/* SPDX-License-Identifier: MIT */
/* Threads of a report by equal stacks, within limits. */
#include <stdlib.h>
#include <string.h>

#include "page/stacks.h"
#include "unit.h"

/* What page_stacks_write makes of a report; the frames have the numbers in which they come. */
static json_t *stacks_of(json_t *report, size_t *ret_threads, size_t *ret_left)
{
    struct page_tables tables = {page_strings_new(), page_frames_new(), false};
    char *out;
    size_t size;
    FILE *to = open_memstream(&out, &size);

    ck_assert_int_eq(page_stacks_write(&tables, report, to, ret_threads, ret_left), 0);
    fclose(to);
    json_t *stacks = json_loads(out, 0, NULL);
    ck_assert_ptr_nonnull(stacks);
    free(out);
    page_strings_free(tables.strings);
    page_frames_free(tables.frames);
    json_decref(report);
    return stacks;
}

static json_t *thread_of(const char *name, int first, int frames)
{
    json_t *list = json_array();

    for (int i = first; i < first + frames; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "module", "/m", "offset",
                                              json_sprintf("0x%x", i), "trust", "cfi"));
    return json_pack("{s:s, s:s, s:o}", "name", name, "state", "captured", "frames", list);
}

static json_int_t count_of(const json_t *stacks, size_t at)
{
    return json_integer_value(json_object_get(json_array_get(stacks, at), "count"));
}

START_TEST(the_first_stays_alone_and_the_largest_follow)
{
    size_t threads, left;
    json_t *list = json_array();

    json_array_append_new(list, thread_of("a", 0, 3));
    json_array_append_new(list, thread_of("b", 7, 2));
    for (int i = 0; i < 5; i++)
        json_array_append_new(list, thread_of(i ? "w" : "v", 0, 3));
    json_t *stacks = stacks_of(json_pack("{s:o}", "threads", list), &threads, &left);
    ck_assert_uint_eq(json_array_size(stacks), 3);
    ck_assert_int_eq(count_of(stacks, 0), 1);
    ck_assert_int_eq(count_of(stacks, 1), 5);
    ck_assert_int_eq(count_of(stacks, 2), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(stacks, 1), "names")), 2);
    ck_assert_uint_eq(threads, 7);
    ck_assert_uint_eq(left, 0);
    json_decref(stacks);
}
END_TEST

START_TEST(many_stacks_and_deep_ones_are_cut)
{
    size_t threads, left;
    json_t *list = json_array();

    json_array_append_new(list, thread_of("deep", 0, 200));
    for (int i = 0; i < 300; i++)
        json_array_append_new(list, thread_of("w", 1000 + 2 * i, 2));
    json_t *stacks = stacks_of(json_pack("{s:o}", "threads", list), &threads, &left);
    const json_t *first = json_array_get(stacks, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(first, "frames")), STACKS_FRAMES_MAX);
    ck_assert(json_is_true(json_object_get(first, "cut")));
    ck_assert_uint_eq(json_array_size(stacks), STACKS_MAX);
    ck_assert_uint_eq(threads, 301);
    ck_assert_uint_eq(left, 101);
    json_decref(stacks);
}
END_TEST

START_TEST(goroutines_and_logged_stacks_are_stacks_too)
{
    size_t threads, left;
    json_t *stacks =
        stacks_of(json_pack("{s:[], s:{s:[{s:i, s:s, s:[{s:s, s:s, s:i}]}, {s:i, s:s, s:[]}]}}", "threads",
                            "go", "groups", "count", 1, "state", "running", "frames", "function", "main.f",
                            "file", "/f.go", "line", 7, "count", 40, "state", "select", "frames"),
                  &threads, &left);
    ck_assert_uint_eq(json_array_size(stacks), 2);
    ck_assert_int_eq(count_of(stacks, 1), 40);
    ck_assert_uint_eq(threads, 41);
    json_decref(stacks);
    stacks =
        stacks_of(json_pack("{s:[], s:{s:[{s:s}]}}", "threads", "logged", "frames", "function", "main.g"),
                  &threads, &left);
    ck_assert_uint_eq(json_array_size(stacks), 1);
    json_decref(stacks);
    stacks = stacks_of(json_object(), &threads, &left);
    ck_assert_uint_eq(json_array_size(stacks), 0);
    json_decref(stacks);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_first_stays_alone_and_the_largest_follow);
    tcase_add_test(tests, many_stacks_and_deep_ones_are_cut);
    tcase_add_test(tests, goroutines_and_logged_stacks_are_stacks_too);
}
