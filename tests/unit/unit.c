/* SPDX-License-Identifier: MIT */
/* The main function of all unit tests. */
#include <errno.h>
#include <stdlib.h>

#include "unit.h"

/* A test on a busy machine takes many times what it takes alone. */
#define TEST_LIMIT_S 120

int main(void)
{
    Suite *suite = suite_create(program_invocation_short_name);
    TCase *tests = tcase_create(program_invocation_short_name);
    tcase_set_timeout(tests, TEST_LIMIT_S);
    unit_add_tests(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
