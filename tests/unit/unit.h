/* SPDX-License-Identifier: MIT */
/*
 * A unit test is a file test_FILE.c: tests of libcheck, each of which runs in a process of its own, and at the end
 * their list. unit.c has the main function of all of them.
 */
#ifndef CRUMPLE_TESTS_UNIT_UNIT_H
#define CRUMPLE_TESTS_UNIT_UNIT_H

#include <check.h>

/** Begins the list of a file's tests: UNIT_TESTS(tests) { tcase_add_test(tests, a_test); } */
#define UNIT_TESTS(tests) void unit_add_tests(TCase *tests)

/** Adds the tests of the one file that the program is made of. */
void unit_add_tests(TCase *tests);

#endif
