/* SPDX-License-Identifier: MIT */
/* What a frame is by its module, and the names of functions without their disguise. */
#include <string.h>

#include "core/modules.h"
#include "verdict/judge.h"
#include "walk/walk.h"
#include "unit.h"

START_TEST(test_names_are_compared_without_their_disguise)
{
    static const char *const rows[][2] = {
        {"__memcpy_chk", "memcpy"},
        {"__GI___libc_read", "read"},
        {"__strlen_avx2_rtm", "strlen"},
        {"__isoc99_vsscanf", "vsscanf"},
        {"_int_malloc", "int_malloc"},
        {"posix_memalign", "posix_memalign"},
        {"__xpg_strerror_r", "xpg_strerror_r"},
        {"__libc_message", "message"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char plain[VERDICT_NAME];
        frame_plain_name(rows[i][0], strlen(rows[i][0]), plain, sizeof plain);
        ck_assert_str_eq(plain, rows[i][1]);
    }
}
END_TEST

START_TEST(test_modules_are_known_by_their_files)
{
    ck_assert_int_eq(frame_class_of("libc.so.6"), FRAME_LIBC);
    ck_assert_int_eq(frame_class_of("libc-2.31.so"), FRAME_LIBC);
    ck_assert_int_eq(frame_class_of("ld-linux-x86-64.so.2"), FRAME_LINKER);
    ck_assert_int_eq(frame_class_of("libstdc++.so.6.0.30"), FRAME_CXX);
    ck_assert_int_eq(frame_class_of("libjemalloc.so.2"), FRAME_ALLOCATOR);
    ck_assert_int_eq(frame_class_of("libpython3.11.so.1.0"), FRAME_INTERPRETER);
    ck_assert_int_eq(frame_class_of("libcrumple.so"), FRAME_CRUMPLE);
    ck_assert_int_eq(frame_class_of("libcurl.so.4"), FRAME_APPLICATION);
    ck_assert_int_eq(frame_class_of("server"), FRAME_APPLICATION);
}
END_TEST

START_TEST(musl_is_known_by_the_names_of_its_one_file)
{
    ck_assert(module_name_is_musl("ld-musl-x86_64.so.1"));
    ck_assert(module_name_is_musl("libc.musl-x86_64.so.1"));
    ck_assert(module_name_is_musl("libc.so"));
    ck_assert(!module_name_is_musl("libc.so.6"));
    ck_assert(!module_name_is_musl("libmusl.so.1"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, musl_is_known_by_the_names_of_its_one_file);
    tcase_add_test(tests, test_names_are_compared_without_their_disguise);
    tcase_add_test(tests, test_modules_are_known_by_their_files);
}
