/* SPDX-License-Identifier: MIT */
/* The list of CRUMPLE_LOGS, and which bytes of a file are its last lines. */
#include <stdio.h>
#include <string.h>

#include "context/log_file.h"
#include "context/logs.h"
#include "unit.h"

static struct log_file file;

/* The last lines of a file whose part from the offset 'at' on is text. */
static void take(const char *text, uint64_t at)
{
    memset(&file, 0, sizeof file);
    memcpy(file.bytes, text, strlen(text));
    log_file_lines(&file, strlen(text), at);
}

static void expect(const char *lines, uint64_t skipped)
{
    ck_assert_uint_eq(file.size, strlen(lines));
    ck_assert_mem_eq(file.bytes + file.start, lines, file.size);
    ck_assert_uint_eq(file.skipped, skipped);
}

START_TEST(a_whole_file)
{
    take("one\ntwo\n", 0);
    expect("one\ntwo\n", 0);
    take("one\ntwo", 0);
    expect("one\ntwo", 0);
    take("\n", 0);
    expect("\n", 0);
    take("", 0);
    expect("", 0);
    ck_assert_str_eq(file.error, "");
}
END_TEST

START_TEST(a_line_that_began_before_is_left_out)
{
    take("ord=secret\nnext\n", 100);
    expect("next\n", 111);
    take("ord=secret", 100);
    expect("", 110);
    ck_assert_str_eq(file.error, "its last line has more than 16384 bytes");
    take("ord=secret\n", 100);
    expect("", 111);
    ck_assert_str_ne(file.error, "");
    take("", 100);
    expect("", 100);
}
END_TEST

START_TEST(at_most_fifty_lines)
{
    char text[1000] = "";
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "line %02d\n", i);
    take(text, 0);
    expect(text + 10 * 8, 80);
    text[strlen(text) - 1] = '\0'; /* the last one has no end */
    take(text, 0);
    expect(text + 10 * 8, 80);
    take(text + 10 * 8, 0);
    expect(text + 10 * 8, 0);
}
END_TEST

static void next(const char **at, const char *path)
{
    const char *found = NULL;
    const size_t size = logs_next_path(at, &found);
    ck_assert_uint_eq(size, strlen(path));
    ck_assert(!size || memcmp(found, path, size) == 0);
}

START_TEST(a_list)
{
    const char *at = " /var/log/a.log ,/b c,, ,/d";
    next(&at, "/var/log/a.log");
    next(&at, "/b c");
    next(&at, "/d");
    next(&at, "");
    next(&at, "");
    at = "";
    next(&at, "");
    at = ",, ,";
    next(&at, "");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    memset(&file, 0, sizeof file);
    strcpy(file.path, "/dev/null");
    log_file_read(&file);
    ck_assert_str_eq(file.error, "it is no regular file");
    strcpy(file.path, "/nonexistent/x");
    log_file_read(&file);
    ck_assert_str_eq(file.error, "No such file or directory");
    strcpy(file.path, "/");
    log_file_read(&file);
    ck_assert_str_eq(file.error, "it is a directory");
    ck_assert_uint_eq(file.size, 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_whole_file);
    tcase_add_test(tests, a_line_that_began_before_is_left_out);
    tcase_add_test(tests, at_most_fifty_lines);
    tcase_add_test(tests, a_list);
    tcase_add_test(tests, files_that_cannot_be_read);
}
