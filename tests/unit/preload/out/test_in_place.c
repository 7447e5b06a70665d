/* SPDX-License-Identifier: MIT */
/* Unit tests of when the dying process may become the writer: never if its wait status might change. */
#include <fcntl.h>
#include <unistd.h>

#include "out/in_place.h"
#include "unit.h"

#define GOOD                                                                                                 \
    .pid = 7, .core_limit = 0, .core_pattern = 'c', .is_dumpable = true, .memory_limit = UINT64_MAX,         \
    .stack_limit = UINT64_MAX, .has_willing_writer = true

static const struct row {
    struct safe_in_place_facts facts;
    bool is_allowed;
} rows[] = {
    {{GOOD}, true},
    {{GOOD, .seccomp = 2}, false},
    {{GOOD, .seccomp = -1}, false},
    {{GOOD, .tracer = 99}, false},
    {{GOOD, .tracer = -1}, false},
    {{GOOD, .is_exit = true}, false},
    {{GOOD, .has_time_limit = true}, false},
    {.facts = {.pid = 1,
               .core_pattern = 'c',
               .memory_limit = UINT64_MAX,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     false},
    {.facts = {.pid = 7,
               .core_limit = 1,
               .is_dumpable = true,
               .core_pattern = 'c',
               .memory_limit = UINT64_MAX,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     false},
    {.facts = {.pid = 7,
               .is_dumpable = true,
               .core_pattern = '|',
               .memory_limit = UINT64_MAX,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     false},
    {.facts = {.pid = 7,
               .is_dumpable = true,
               .core_pattern = '\0',
               .memory_limit = UINT64_MAX,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     false},
    /* Not dumpable: no core, whatever limit and pattern say. */
    {.facts = {.pid = 7,
               .core_limit = 1,
               .core_pattern = '|',
               .memory_limit = UINT64_MAX,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     true},
    {.facts = {.pid = 7,
               .core_pattern = 'c',
               .memory_limit = 100 << 20,
               .stack_limit = UINT64_MAX,
               .has_willing_writer = true},
     false},
    {.facts = {.pid = 7,
               .core_pattern = 'c',
               .memory_limit = UINT64_MAX,
               .stack_limit = 8192,
               .has_willing_writer = true},
     false},
    {.facts = {.pid = 7, .core_pattern = 'c', .memory_limit = UINT64_MAX, .stack_limit = UINT64_MAX}, false},
};

START_TEST(the_status_must_stay)
{
    ck_assert_msg(safe_in_place_allowed(&rows[_i].facts) == rows[_i].is_allowed, "row %d", _i);
}
END_TEST

START_TEST(only_a_writer_that_says_so_is_executed)
{
    int other = open("/proc/self/exe", O_RDONLY), none = open("/dev/null", O_RDONLY);
    ck_assert(!safe_in_place_is_willing(other));
    ck_assert(!safe_in_place_is_willing(none));
    ck_assert(!safe_in_place_is_willing(-1));
    (void)close(other);
    (void)close(none);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, the_status_must_stay, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, only_a_writer_that_says_so_is_executed);
}
