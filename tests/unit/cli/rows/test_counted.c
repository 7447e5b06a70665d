/* SPDX-License-Identifier: MIT */
/* crashes.ndjson may hold any bytes: whole lines of faults that left no bundle count, and everything else is passed over. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bundles.h"
#include "rows/counted.h"
#include "rows/lines.h"

static uint64_t faults, rows;

static int count(const struct counted *counted, void *context)
{
    (void)context;
    faults += counted->count;
    rows++;
    return 0;
}

static void note_trouble(const char *what, int error, void *context)
{
    (void)what;
    *(int *)context = -error;
}

/* Reads what lies there. Returns 0, or what makes a log unreadable. */
static int read_logs(void)
{
    int error = 0;
    faults = rows = 0;
    ck_assert_int_eq(counted_read(bundles_folder, count, NULL, note_trouble, &error), 0);
    return error;
}

static int read_log(const char *text, size_t size)
{
    bundles_put("crashes.ndjson", text, size);
    return read_logs();
}

/* Lines, and how many faults they tell of. */
static const struct {
    const char *text;
    uint64_t faults;
} lines[] = {
    {"", 0},
    {"\n\n\n", 0},
    {"{\"event\":\"crash\"}\n", 1},
    {"{\"event\":\"contained\",\"count\":7}\n{\"event\":\"exit\"}\n", 8},
    {"{\"event\":\"crash\"}", 0}, /* it may just be written */
    {"{\"event\":\"cra\n{\"event\":\"crash\"}\n", 1},
    {"garbage\n[]\n\"crash\"\nnull\n1\n{}\n", 0},
    {"{\"event\":1}\n{\"event\":null}\n{\"event\":[\"crash\"]}\n", 0},
    {"{\"event\":\"breaker\"}\n{\"event\":\"pruned\"}\n{\"event\":\"\"}\n", 0},
    {"{\"event\":\"crash\",\"count\":0}\n{\"event\":\"crash\",\"count\":-1}\n", 0},
    {"{\"event\":\"crash\",\"count\":\"5\"}\n{\"event\":\"crash\",\"count\":1.5}\n", 2},
    {"{\"event\":\"crash\",\"count\":9223372036854775807}\n", 1000000000000},
    {"{\"event\":\"crash\",\"count\":99999999999999999999}\n", 0},
    {"{\"event\":\"crash\",\"path\":\"gone.tar.zst\"}\n", 1},
    {"{\"event\":\"crash\",\"path\":\"here.tar.zst\"}\n", 0},
    {"{\"event\":\"crash\",\"path\":\"../here.tar.zst\"}\n{\"event\":\"crash\",\"path\":\"/etc/passwd\"}\n",
     2},
    {"{\"event\":\"crash\",\"path\":7,\"time\":7,\"title\":{},\"signature\":[],\"exe\":1,\"pid\":\"1\",\"signal\":0}\n",
     1},
    {"{\"event\":\"crash\",\"time\":\"yesterday\"}\n", 1},
    {"{\"event\":\"crash\xff\"}\n{\"event\":\"crash\",\"exe\":\"\\ud800\"}\n", 0},
};

START_TEST(only_whole_lines_of_faults_without_a_bundle_count)
{
    bundles_put("here.tar.zst", "", 0);
    ck_assert_int_eq(read_log(lines[_i].text, strlen(lines[_i].text)), 0);
    ck_assert_uint_eq(faults, lines[_i].faults);
}
END_TEST

START_TEST(zeros_end_no_line_and_deep_brackets_no_process)
{
    static const char zeros[] = "{\"event\":\"crash\"\0}\n{\"event\":\"crash\"}\n";
    static char brackets[60002];
    ck_assert_int_eq(read_log(zeros, sizeof zeros - 1), 0);
    ck_assert_uint_eq(faults, 1);
    memset(brackets, '[', sizeof brackets - 2);
    brackets[sizeof brackets - 2] = '\n';
    ck_assert_int_eq(read_log(brackets, sizeof brackets - 1), 0);
    ck_assert_uint_eq(faults, 0);
}
END_TEST

START_TEST(a_line_of_more_than_64_kib_is_passed_over)
{
    static char text[70000 + 64];
    memset(text, ' ', 70000);
    strcpy(text + 70000, "{\"event\":\"crash\"}\n{\"event\":\"crash\"}\n");
    ck_assert_int_eq(read_log(text, strlen(text)), 0);
    ck_assert_uint_eq(faults, 1);
}
END_TEST

START_TEST(a_log_of_too_many_lines_or_bytes_is_refused_as_a_whole)
{
    char path[200], *text = malloc(3 * (LINES_MAX + 1));
    for (size_t i = 0; i <= LINES_MAX; i++)
        memcpy(text + 3 * i, "{}\n", 3);
    ck_assert_int_eq(read_log(text, 3 * (size_t)LINES_MAX), 0);
    ck_assert_int_eq(read_log(text, 3 * (size_t)(LINES_MAX + 1)), -EFBIG);
    free(text);
    snprintf(path, sizeof path, "%s/crashes.ndjson", bundles_folder);
    ck_assert_int_eq(truncate(path, ((off_t)LINES_MIB_MAX << 20) + 1), 0);
    ck_assert_int_eq(read_logs(), -EFBIG);
    ck_assert_uint_eq(rows, 0);
}
END_TEST

START_TEST(the_older_log_is_read_too_and_has_the_same_limits)
{
    static const char whole[] = "{\"event\":\"crash\"}\n{\"event\":\"cra";
    char path[200];
    bundles_put("crashes.ndjson.1", whole, sizeof whole - 1);
    ck_assert_int_eq(read_log(whole, sizeof whole - 1), 0);
    ck_assert_uint_eq(faults, 2);
    snprintf(path, sizeof path, "%s/crashes.ndjson.1", bundles_folder);
    ck_assert_int_eq(truncate(path, ((off_t)LINES_MIB_MAX << 20) + 1), 0);
    ck_assert_int_eq(read_logs(), -EFBIG);
    ck_assert_uint_eq(faults, 1);
}
END_TEST

START_TEST(a_log_that_is_no_regular_file_is_not_opened)
{
    char path[200];
    snprintf(path, sizeof path, "%s/crashes.ndjson", bundles_folder);
    ck_assert_int_eq(read_logs(), 0); /* there is none */
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    ck_assert_int_lt(read_logs(), 0);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_lt(read_logs(), 0);
    unlink(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_lt(read_logs(), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, bundles_set_up, bundles_tear_down);
    tcase_add_loop_test(tests, only_whole_lines_of_faults_without_a_bundle_count, 0,
                        sizeof lines / sizeof *lines);
    tcase_add_test(tests, zeros_end_no_line_and_deep_brackets_no_process);
    tcase_add_test(tests, a_line_of_more_than_64_kib_is_passed_over);
    tcase_add_test(tests, a_log_of_too_many_lines_or_bytes_is_refused_as_a_whole);
    tcase_add_test(tests, the_older_log_is_read_too_and_has_the_same_limits);
    tcase_add_test(tests, a_log_that_is_no_regular_file_is_not_opened);
}
