/* SPDX-License-Identifier: MIT */
/* The workers of a drill, with runs that end at once. */
#include <errno.h>
#include <signal.h>

#include "trace/children.h"
#include "jobs.h"
#include "run.h"
#include "unit.h"

enum { RUNS = 10000, JOBS = 2 };

int drill_run(const struct drill_plan *plan, const struct drill_pool *pool, unsigned slot,
              struct drill_result *result)
{
    (void)plan, (void)pool, (void)slot;
    result->outcome = DRILL_CONTAINED;
    return 0;
}

static struct drill_site sites[RUNS];
static struct drill_pool pool = {.sites = sites, .count = RUNS};
static const struct drill_plan plan = {.runs = RUNS, .jobs = JOBS};

static bool count(const struct drill_result *result, void *context)
{
    (void)result;
    ++*(size_t *)context;
    return true;
}

/* While it has no child to wait for: the signal interrupts no system call. */
static bool interrupt_at_second(const struct drill_result *result, void *context)
{
    count(result, context);
    if (*(size_t *)context == 2)
        raise(SIGTERM);
    return true;
}

START_TEST(test_all_sites_are_handed_out)
{
    size_t results = 0;
    ck_assert_int_eq(drill_jobs(&plan, &pool, false, count, &results), 0);
    ck_assert_uint_eq(results, RUNS);
}
END_TEST

START_TEST(test_an_interrupt_beside_every_wait_ends_the_drill)
{
    size_t results = 0;
    drill_children_note_interrupts();
    ck_assert_int_eq(drill_jobs(&plan, &pool, false, interrupt_at_second, &results), -EINTR);
    ck_assert_uint_le(results, 1 + JOBS);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_all_sites_are_handed_out);
    tcase_add_test(tests, test_an_interrupt_beside_every_wait_ends_the_drill);
}
