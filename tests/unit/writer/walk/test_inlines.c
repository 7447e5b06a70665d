/* SPDX-License-Identifier: MIT */
/* The names of inlined calls, read from this program's own debug information. */
#include <string.h>

#include "core/module_files.h"
#include "walk/inlines.h"
#include "unit.h"

extern const char __ehdr_start[], inlined_place[], plain_place[];

static volatile int seen;

static inline __attribute__((always_inline)) void innermost(void)
{
    __asm__ volatile(".globl inlined_place\ninlined_place: nop" : : : "memory");
    seen++;
}

static inline __attribute__((always_inline)) void middle(void)
{
    seen++;
    innermost();
    seen++;
}

static __attribute__((noinline)) void outermost(void)
{
    seen++;
    middle();
    seen++;
    __asm__ volatile(".globl plain_place\nplain_place: nop" : : : "memory");
}

static void find(struct inlines *queries, size_t count)
{
    struct module module = {0};
    module.image = module_map_file("/proc/self/exe", &module.image_size);
    ck_assert_ptr_nonnull(module.image);
    inlines_find(&module, queries, count);
}

START_TEST(test_names_inlined_calls_innermost_first)
{
    struct inlines queries[] = {{.address = (uint64_t)(plain_place - __ehdr_start)},
                                {.address = (uint64_t)(inlined_place - __ehdr_start)},
                                {.address = UINT64_MAX}};
    outermost();
    find(queries, 3);
    ck_assert_uint_eq(queries[0].count, 0);
    ck_assert_uint_eq(queries[1].count, 2);
    ck_assert_str_eq(queries[1].names[0], "innermost");
    ck_assert_str_eq(queries[1].names[1], "middle");
    ck_assert_uint_eq(queries[2].count, 0);
}
END_TEST

START_TEST(test_a_file_without_debug_information_has_none)
{
    struct inlines query = {.address = 0x1000};
    const struct module empty = {.image = (const uint8_t *)"\177ELF", .image_size = 4}, missing = {0};
    inlines_find(&empty, &query, 1);
    ck_assert_uint_eq(query.count, 0);
    inlines_find(&missing, &query, 1);
    ck_assert_uint_eq(query.count, 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_names_inlined_calls_innermost_first);
    tcase_add_test(tests, test_a_file_without_debug_information_has_none);
}
