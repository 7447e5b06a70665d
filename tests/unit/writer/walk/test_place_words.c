/* SPDX-License-Identifier: MIT */
/* What people read of a place. */
#include <string.h>

#include "unit.h"
#include "walk/place_words.h"

struct row {
    char *module;
    const char *function;
    enum stack_kind kind;
    const char *name, *short_name;
};

static struct row rows[] = {
    {"/opt/server", "serve", STACK_APPLICATION, NULL, NULL},
    {"/opt/server", NULL, STACK_APPLICATION, NULL, NULL},
    {NULL, NULL, STACK_APPLICATION, NULL, NULL},
    {"/opt/server", "_ZN3app5serveEPKc", STACK_APPLICATION, "app::serve(char const*)", "app::serve"},
    {"/opt/server", "_ZNSt6vectorIiSaIiEE3popEv", STACK_RUNTIME, "std::vector<int>::pop()",
     "std::vector<int>::pop"},
    {"/opt/server", "_RNvNtCsjrHSEGnQ3l9_3std9panicking5panic", STACK_RUNTIME, "std::panicking::panic",
     "std::panicking::panic"},
    {"/usr/lib/libc.so.6", "raise", STACK_RUNTIME, NULL, NULL},
    {"/usr/lib/libc.so.6", NULL, STACK_RUNTIME, NULL, NULL},
    {"/opt/crumple/libcrumple.so", "recover_run", STACK_CRUMPLE, NULL, NULL},
};

START_TEST(test_a_place_has_a_kind_and_a_name)
{
    static struct module modules[sizeof rows / sizeof rows[0]];
    struct places places;
    bool is_new;
    ck_assert_int_eq(places_init(&places), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place *place = &places.items[places_get(&places, 0x1000 + i, false, &is_new)];
        modules[i].path = rows[i].module;
        place->module = rows[i].module ? &modules[i] : NULL;
        place->function = rows[i].function;
        place->function_size = rows[i].function ? (uint32_t)strlen(rows[i].function) : 0;
    }
    ck_assert_int_eq(place_words_set(&places), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct place *place = &places.items[i];
        ck_assert_int_eq(place->kind, rows[i].kind);
        ck_assert_pstr_eq(place->name, rows[i].name);
        ck_assert_pstr_eq(place->short_name, rows[i].short_name);
    }
    places_release(&places);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_a_place_has_a_kind_and_a_name);
}
