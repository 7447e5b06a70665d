/* SPDX-License-Identifier: MIT */
/* The names of routines. */
#include <stdio.h>

#include "sites/maps.h"
#include "unit.h"

static void shortens(const char *name, const char *wanted)
{
    char text[256];

    snprintf(text, sizeof text, "%s", name);
    drill_maps_shorten(text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(test_a_thread_of_cxx_is_known_by_its_callable)
{
    shortens("std::thread::_State_impl<std::thread::_Invoker<std::tuple<void (*)(int), int>>>::_M_run()",
             "std::thread void (*)(int), int");
    shortens("std::thread::_State_impl<std::thread::_Invoker<std::tuple<void (*)(int), int> > >::_M_run()",
             "std::thread void (*)(int), int");
    shortens("std::thread::_State_impl<std::thread::_Invoker<std::tuple<job<int>>>>::_M_run()",
             "std::thread job<int>");
    shortens("std::thread::_State_impl<std::thread::_Invoker<std::tuple<job<int> > > >::_M_run()",
             "std::thread job<int>");
}
END_TEST

START_TEST(test_other_names_stay)
{
    shortens("serve", "serve");
    shortens("std::tuple<int>::_M_run()", "std::tuple<int>::_M_run()");
    shortens("std::thread::_State_impl<job>::_M_run()", "std::thread::_State_impl<job>::_M_run()");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_a_thread_of_cxx_is_known_by_its_callable);
    tcase_add_test(tests, test_other_names_stay);
}
