/* SPDX-License-Identifier: MIT */
/* Unit tests of the names in mangled ones. */
#include <string.h>

#include "itanium.h"
#include "unit.h"

/* NULL: not understood. */
static const struct {
    const char *symbol, *name;
} mangled[] = {
    {"_Z7handlerPv", "handler"},
    {"_ZL7handlerPv", "handler"},
    {"_ZN4game6Server10handle_oneEPv", "game::Server::handle_one"},
    {"_ZN12_GLOBAL__N_17handlerEPv", "(anonymous namespace)::handler"},
    {"_ZN12_GLOBAL__N_1L7handlerEPv", "(anonymous namespace)::handler"},
    {"_ZNK4game6Server4loopEv", "game::Server::loop"},
    {"_ZN4game4PoolIiSaIiEE3runEPv", "game::Pool::run"},
    {"_Z3runIN4game6ServerEEPvS2_", "run"},
    {"_Z3runILi42EJiPKcEEvv", "run"},
    {"_ZSt9terminatev", "std::terminate"},
    {"_ZNSt6thread4joinEv", "std::thread::join"},
    {"_ZZ4mainENUlPvE_4_FUNES_", "main::{lambda}::_FUN"},
    {"_ZZN4game6Server5startEiENKUlvE0_clEv", "game::Server::start::{lambda}::operator()"},
    {"_ZN3foo3barB5cxx11Ev", "foo::bar"},
    {"_ZN5ChildC1Ev", "Child::{constructor}"},
    {"_ZZ4mainE5table_0", "main::table"},
    {"handler", NULL},
    {"_Z", NULL},
    {"_ZN", NULL},
    {"_ZNE", NULL},
    {"_ZN4game", NULL},
    {"_Z99handler", NULL},
    {"_Z99999999999999999999handler", NULL},
    {"_ZN4gameIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII3runEv", NULL},
    {"_ZNPPPE", NULL},
    {"_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", NULL},
};

START_TEST(mangled_names_become_qualified_ones)
{
    char text[256] = "untouched";
    ck_assert_msg(itanium_name(mangled[_i].symbol, text, sizeof text) == (mangled[_i].name != NULL), "%s: %s",
                  mangled[_i].symbol, text);
    ck_assert_str_eq(text, mangled[_i].name ? mangled[_i].name : "untouched");
}
END_TEST

/* Every beginning of a long name, and the name with every letter changed: an answer, and an end. */
START_TEST(broken_names_do_no_harm)
{
    static const char whole[] =
        "_ZZN4game4PoolISt8functionIFviEEE5startERKSsEUlPFvvEM4gameFviEE_C1IJDniEEB5cxx11Ev";
    char name[sizeof whole], text[256];
    size_t i;
    int c;
    for (i = 0; i < sizeof whole; i++) {
        memcpy(name, whole, i);
        name[i] = '\0';
        (void)itanium_name(name, text, sizeof text);
        memcpy(name, whole, sizeof whole);
        for (c = 1; c < 128 && i + 1 < sizeof whole; c++) {
            name[i] = (char)c;
            (void)itanium_name(name, text, sizeof text);
        }
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, mangled_names_become_qualified_ones, 0, sizeof mangled / sizeof *mangled);
    tcase_add_test(tests, broken_names_do_no_harm);
}
