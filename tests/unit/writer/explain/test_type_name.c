/* SPDX-License-Identifier: MIT */
/* Types, as a signature holds them. */
#include <string.h>

#include "explain/type_name.h"
#include "unit.h"

START_TEST(test_a_type_is_readable_and_divides_no_signature)
{
    static const char *const rows[][2] = {
        {"St13runtime_error", "std::runtime_error"},
        {"N12_GLOBAL__N_15LocalE", "(anonymous namespace)::Local"},
        {"NSt10filesystem16filesystem_errorE", "std::filesystem::filesystem_error"},
        {"NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "std::string"},
        {"8TemplateIiE", "Template<int>"},
        {"99short", "99short"},
        {"N3app", "N3app"},
        {"99999999999999999999x", "99999999999999999999x"},
        {"a|b\n", "a_b_"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[64], cut[5];
        type_name(rows[i][0], name, sizeof name);
        ck_assert_str_eq(name, rows[i][1]);
        type_name(rows[i][0], cut, sizeof cut);
        ck_assert_uint_lt(strlen(cut), sizeof cut);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_a_type_is_readable_and_divides_no_signature);
}
