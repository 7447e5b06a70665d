/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/module_files.h"
#include "unit.h"

START_TEST(a_path_of_the_root_comes_first_and_the_path_itself_is_what_remains)
{
    size_t size = 0;

    ck_assert_ptr_nonnull(module_map_below("/proc/self/exe", &size));
    module_files_below("/nonexistent");
    const uint8_t *own = module_map_below("/proc/self/exe", &size);
    ck_assert_ptr_nonnull(own);
    ck_assert_int_eq(memcmp(own, "\177ELF", 4), 0);
    /* a file that only the root has */
    char root[] = "/tmp/crumple-unit-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(path, sizeof path, "%s/crumple-unit-file", root);
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    fputs("bytes", to);
    fclose(to);
    module_files_below(root);
    const uint8_t *bytes = module_map_below("/crumple-unit-file", &size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(size, 5);
    ck_assert_ptr_null(module_map_file("/crumple-unit-file", &size));
    module_files_below(NULL);
    ck_assert_ptr_null(module_map_below("/crumple-unit-file", &size));
    unlink(path);
    rmdir(root);
}
END_TEST

START_TEST(what_is_no_regular_file_is_none)
{
    size_t size;

    module_files_below("/");
    ck_assert_ptr_null(module_map_below("/dev/null", &size));
    ck_assert_ptr_null(module_map_below("/proc", &size));
    module_files_below(NULL);
    ck_assert_ptr_null(module_map_below("relative", &size));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_path_of_the_root_comes_first_and_the_path_itself_is_what_remains);
    tcase_add_test(tests, what_is_no_regular_file_is_none);
}
