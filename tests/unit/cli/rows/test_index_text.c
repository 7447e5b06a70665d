/* SPDX-License-Identifier: MIT */
/* The index of rows: a line with the right checksum may have been written by a reader that a bundle had taken over. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/bundles.h"
#include "rows/index.h"
#include "unit.h"

#define HEAD "crumple rows 0123\n"

static const struct stat facts = {.st_mode = S_IFREG | 0600, .st_mtim = {1000, 0}, .st_ctim = {1000, 0}};

static void set_up(void)
{
    bundles_set_up_for_index();
    row_index_close(row_index_open(bundles_folder, "0123"), true);
}

static uint64_t sum_of(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* The file has this line, twice. Returns whether it is the row of "a". */
static bool is_row(const char *line)
{
    const uint64_t sum = sum_of(sum_of(UINT64_C(0xcbf29ce484222325), HEAD), line);
    struct rows_row row = {0};
    FILE *to = fopen(bundles_index, "w");

    ck_assert_ptr_nonnull(to);
    fprintf(to, HEAD "%016" PRIx64 " %s\n%016" PRIx64 " %s\n", sum, line, sum, line);
    fclose(to);
    struct row_index *index = row_index_open(bundles_folder, "0123");
    ck_assert_ptr_nonnull(index);
    const bool known = row_index_get(index, "a", &facts, &row);
    json_decref(row.json);
    row_index_close(index, true);
    return known;
}

START_TEST(its_numbers_and_its_key_end_in_the_line)
{
    static const char *const none[] = {" ",
                                       "  ",
                                       "\t",
                                       "0",
                                       "0 ",
                                       "0 1",
                                       "0 1 ",
                                       "0 1 0",
                                       "0 1 0 ",
                                       "0 1 0 \t",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 a",
                                       "5 1 0 0 0 0 3e8.0 3e8.0 a\t{}",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 a\t",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 a\t[]",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 a\t{",
                                       "99999999999999999999999 - + 0 0 0 3e8.0 3e8.0 a\t{}",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 b\t{}",
                                       "0 1 0 0 0 0 3e8.0 3e8.0 a\t{\"a\":\"\xff\"}"};

    ck_assert(is_row("0 1 0 0 0 0 3e8.0 3e8.0 a\t{}"));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(!is_row(none[i]), "%s", none[i]);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, bundles_tear_down);
    tcase_add_test(tests, its_numbers_and_its_key_end_in_the_line);
}
