/* SPDX-License-Identifier: MIT */
/* Lines of this run are told once each: not those of before, not of other runs, not torn ones, over a rename. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tell/follow.h"
#include "unit.h"

static char folder[] = "/tmp/test_follow.XXXXXX", told[4096], seen_directory[256];
static int directory;
static struct follow follow;

static void remember(void *context, const char *path, const struct line *line)
{
    (void)context;
    char title[64];
    ck_assert(line_string(line, "title", title, sizeof title));
    strcat(strcat(told, title), " ");
    snprintf(seen_directory, sizeof seen_directory, "%s", path);
}

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    follow = (struct follow){.run = "me-1-2", .tell = remember};
}

static void append(const char *text)
{
    int fd = openat(directory, "crashes.ndjson", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static const char *step(void)
{
    told[0] = '\0';
    follow_directory(directory, &follow);
    return told;
}

static void add(const char *title, const char *run)
{
    char line[256];
    snprintf(line, sizeof line, "{\"event\":\"crash\",\"title\":\"%s\",\"run\":\"%s\"}\n", title, run);
    append(line);
}

START_TEST(each_line_of_the_run_is_told_once)
{
    begin();
    add("old", "me-1-2");
    follow.is_first = true;
    ck_assert_str_eq(step(), "");
    follow.is_first = false;
    add("a", "me-1-2");
    add("other", "me-1-23");
    add("b", "me-1-2");
    append("{\"event\":\"crash\",\"title\":\"none\"}\n");
    ck_assert_str_eq(step(), "a b ");
    ck_assert_str_eq(seen_directory, folder);
    ck_assert_str_eq(step(), "");
    append("{\"event\":\"crash\",\"title\":\"c\",");
    ck_assert_str_eq(step(), "");
    append("\"run\":\"me-1-2\"}\n");
    ck_assert_str_eq(step(), "c ");
}
END_TEST

START_TEST(a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_begin)
{
    begin();
    add("a", "me-1-2");
    ck_assert_str_eq(step(), "a ");
    add("b", "me-1-2");
    ck_assert_int_eq(renameat(directory, "crashes.ndjson", directory, "crashes.ndjson.1"), 0);
    add("c", "me-1-2");
    ck_assert_str_eq(step(), "b c ");
}
END_TEST

START_TEST(traps_in_the_directory_are_passed_over)
{
    begin();
    ck_assert_int_eq(symlinkat("/etc/passwd", directory, "crashes.ndjson"), 0);
    ck_assert_int_eq(mkfifoat(directory, "crashes.ndjson.1", 0600), 0);
    ck_assert_str_eq(step(), "");
}
END_TEST

START_TEST(a_line_without_an_end_does_not_stop_the_next)
{
    static char endless[3 << 20];
    begin();
    memset(endless, 'x', sizeof endless - 1);
    append(endless);
    append("\n");
    add("a", "me-1-2");
    ck_assert_str_eq(step(), "a ");
}
END_TEST

START_TEST(of_a_file_of_any_size_only_the_end_is_read)
{
    begin();
    add("a", "me-1-2");
    int fd = openat(directory, "crashes.ndjson", O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(ftruncate(fd, (off_t)1 << 42), 0); /* would take an hour */
    close(fd);
    append("\n");
    add("b", "me-1-2");
    ck_assert_str_eq(step(), "b ");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, each_line_of_the_run_is_told_once);
    tcase_add_test(tests, a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_begin);
    tcase_add_test(tests, traps_in_the_directory_are_passed_over);
    tcase_add_test(tests, a_line_without_an_end_does_not_stop_the_next);
    tcase_add_test(tests, of_a_file_of_any_size_only_the_end_is_read);
}
