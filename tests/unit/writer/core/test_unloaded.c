/* SPDX-License-Identifier: MIT */
/* Modules that dlclose has unloaded: which addresses they name, and what a damaged note does. */
#include <string.h>

#include "core/unloaded.h"
#include "unit.h"

static struct core_span span(const char *text)
{
    return (struct core_span){(const uint8_t *)text, strlen(text)};
}

static struct unloaded read_note(const char *text)
{
    struct unloaded unloaded;
    ck_assert_int_eq(unloaded_read(span(text), &unloaded), 0);
    return unloaded;
}

START_TEST(test_the_latest_module_names_an_address)
{
    struct unloaded u = read_note("0x3000-0x5000 /lib/new.so\n0x1000-0x4000 /lib/old one.so\n");
    struct maps none = {0};
    ck_assert_uint_eq(u.count, 2);
    ck_assert_str_eq(unloaded_basename(unloaded_find(&u, &none, 0x3fff)), "new.so");
    ck_assert_str_eq(unloaded_basename(unloaded_find(&u, &none, 0x1000)), "old one.so");
    ck_assert_ptr_null(unloaded_find(&u, &none, 0x5000));
    ck_assert_ptr_null(unloaded_find(&u, &none, 0xfff));
    unloaded_release(&u);
}
END_TEST

START_TEST(test_what_is_mapped_now_is_not_named)
{
    struct unloaded u = read_note("3000-5000 /lib/new.so\n");
    struct maps maps;
    ck_assert_int_eq(maps_read(span("4000-5000 rw-p 00000000 00:00 0\n"), &maps), 0);
    ck_assert_ptr_nonnull(unloaded_find(&u, &maps, 0x3800));
    ck_assert_ptr_null(unloaded_find(&u, &maps, 0x4800));
    maps_release(&maps);
    unloaded_release(&u);
}
END_TEST

START_TEST(test_damaged_lines_are_skipped)
{
    struct unloaded u = read_note("\n-\n1000\n1000-\n1000-2000\n1000-2000 \n2000-1000 /lib/x\nx-y /lib/x\n"
                                  "1000-2000x/lib/x\n11111111111111111111111111111111111111111111111111111\n"
                                  "0x7000-0x8000 trailing/\n9000-a000 last");
    ck_assert_uint_eq(u.count, 2);
    ck_assert_str_eq(unloaded_basename(&u.items[0]), "trailing/");
    ck_assert_str_eq(u.items[1].path, "last");
    unloaded_release(&u);
}
END_TEST

START_TEST(test_a_note_has_an_end)
{
    char text[200 * 20] = "";
    for (int i = 0; i < 200; i++)
        strcat(text, "1000-2000 /lib/x\n");
    struct unloaded u = read_note(text);
    ck_assert_uint_eq(u.count, UNLOADED_MAX);
    unloaded_release(&u);
    ck_assert_int_eq(unloaded_read((struct core_span){NULL, 0}, &u), 0);
    ck_assert_uint_eq(u.count, 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_the_latest_module_names_an_address);
    tcase_add_test(tests, test_what_is_mapped_now_is_not_named);
    tcase_add_test(tests, test_damaged_lines_are_skipped);
    tcase_add_test(tests, test_a_note_has_an_end);
}
