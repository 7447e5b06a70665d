/* SPDX-License-Identifier: MIT */
#include "typed_print.h"

#include <string.h>

#include "fixture/fixture.h"
#include "typed_name.h"
#include "typed_variable.h"
#include "unit.h"

static char text[4096];

static const char *print_with(const struct fixture *fixture, const char *name,
                              const struct typed_limits *limits)
{
    struct typed_variable variable;
    ck_assert_msg(typed_find_variable(fixture->dwarf, name, 0, &variable), "%s", name);
    const struct typed_value value = {.address = fixture->bias + variable.address};
    (void)typed_print(&variable.type, &value, &fixture->memory, limits, text, sizeof text);
    return text;
}

static const char *print(const struct fixture *fixture, const char *name)
{
    return print_with(fixture, name, NULL);
}

START_TEST(numbers_are_as_gdb_has_them)
{
    const struct fixture fixture = fixture_load();
    ck_assert_str_eq(print(&fixture, "tick"), "18446744073709551615");
    ck_assert_str_eq(print(&fixture, "small"), "-128 '\\200'");
    ck_assert_str_eq(print(&fixture, "letter"), "65 'A'");
    ck_assert_str_eq(print(&fixture, "yes"), "true");
    ck_assert_str_eq(print(&fixture, "pi"), "3.1415926535897931");
    ck_assert_str_eq(print(&fixture, "third"), "0.333333343");
    ck_assert_str_eq(print(&fixture, "longer"), "1.25");
    ck_assert_str_eq(print(&fixture, "huge"), "0x10000000000000000000000001");
    ck_assert_str_eq(print(&fixture, "current"), "over");
    ck_assert_str_eq(print(&fixture, "rights"), "(READABLE | LOUD)");
    ck_assert_str_eq(print(&fixture, "odd_rights"), "(WRITABLE | unknown: 0x40)");
}
END_TEST

START_TEST(arrays_and_structs_are_short)
{
    const struct fixture fixture = fixture_load();
    ck_assert_str_eq(print(&fixture, "numbers"), "{1, 2, 3, 4, 5, 6, 7, 8...}");
    ck_assert_str_eq(print(&fixture, "grid"), "{{1, 2, 3}, {4, 5, 6}}");
    ck_assert_str_eq(print(&fixture, "unended"), "\"abcd\"");
    ck_assert_str_eq(print(&fixture, "flexible"), "{count = 5, text = \"abc\"}");
    ck_assert_str_eq(
        print(&fixture, "second"),
        "{<base> = {base_id = 77}, id = 4711, name = \"zoe \\\"z\\\"\", ready = 1, team = 5, offset = -7, "
        "{score = 12, ratio = 1.68155816e-44}, at = {x = 1.5, y = -2.25}, next = 0x0}");
}
END_TEST

START_TEST(pointers_lead_to_text)
{
    const struct fixture fixture = fixture_load();
    ck_assert_ptr_nonnull(strstr(print(&fixture, "greeting"), " \"hello\\n\\\"you\\\"\\033[31m\""));
    ck_assert_str_eq(print(&fixture, "nobody"), "0x0");
    ck_assert_str_eq(print(&fixture, "freed"), "0x10 <not in the core>");
    ck_assert_str_eq(print(&fixture, "handler"), "0x0");
    ck_assert_ptr_nonnull(strstr(print(&fixture, "reference"), ": 3"));
    ck_assert_str_eq(print_with(&fixture, "greeting", &(struct typed_limits){.is_plain = true}),
                     "hello\\n\"you\"\\033[31m");
    ck_assert_ptr_nonnull(
        strstr(print_with(&fixture, "greeting", &(struct typed_limits){.text = 3}), " \"hel\"..."));
}
END_TEST

START_TEST(strings_and_vectors_of_the_library)
{
    const struct fixture fixture = fixture_load();
    struct typed_variable variable;
    uint64_t at;
    struct typed_type type;
    const char *const expected[][2] = {{"short_text", "\"tiny\""},
                                       {"some", "std::vector of length 3 {7, 8, 9}"},
                                       {"long_text", "\"a\\000bxxx"}};
    for (int i = 0; i < 3; i++) {
        ck_assert(typed_find_variable(fixture.dwarf, expected[i][0], 0, &variable));
        ck_assert(typed_read(&fixture.memory, fixture.bias + variable.address, &at, sizeof at));
        ck_assert(typed_pointee(&variable.type, &type));
        (void)typed_print(&type, &(struct typed_value){.address = at}, &fixture.memory, NULL, text,
                          sizeof text);
        ck_assert_msg(strncmp(text, expected[i][1], strlen(expected[i][1])) == 0, "%s", text);
    }
    ck_assert_str_eq(text + strlen(text) - 4, "\"...");
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
    const struct fixture fixture = fixture_load();
    struct typed_variable variable;
    char room[16];
    ck_assert(typed_find_variable(fixture.dwarf, "second", 0, &variable));
    for (size_t size = 8; size <= sizeof room; size++) {
        memset(room, 'x', sizeof room);
        (void)typed_print(&variable.type, &(struct typed_value){.address = fixture.bias + variable.address},
                          &fixture.memory, NULL, room, size);
        ck_assert_ptr_nonnull(memchr(room, 0, size));
        ck_assert_str_eq(room + strlen(room) - 3, "...");
    }
}
END_TEST

static const char *name_of(const struct fixture *fixture, const char *variable_name)
{
    struct typed_variable variable;
    ck_assert(typed_find_variable(fixture->dwarf, variable_name, 0, &variable));
    typed_name(&variable.type, text, sizeof text);
    return text;
}

START_TEST(types_have_their_names)
{
    const struct fixture fixture = fixture_load();
    ck_assert_str_eq(name_of(&fixture, "chosen"), "player_pointer");
    ck_assert_str_eq(name_of(&fixture, "greeting"), "const char *");
    ck_assert_str_eq(name_of(&fixture, "numbers"), "int [12]");
    ck_assert_str_eq(name_of(&fixture, "grid"), "int [2][3]");
    ck_assert_str_eq(name_of(&fixture, "handler"), "void (*)(int, const char *)");
    ck_assert_str_eq(name_of(&fixture, "reference"), "int &");
    ck_assert_str_eq(name_of(&fixture, "second"), "player");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, numbers_are_as_gdb_has_them);
    tcase_add_test(tests, arrays_and_structs_are_short);
    tcase_add_test(tests, pointers_lead_to_text);
    tcase_add_test(tests, strings_and_vectors_of_the_library);
    tcase_add_test(tests, what_does_not_fit_is_cut);
    tcase_add_test(tests, types_have_their_names);
}
