/* SPDX-License-Identifier: MIT */
/* The index of rows: it gives back what it was given, or nothing, whatever has happened to its file and to the bundles. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/bundles.h"
#include "rows/index.h"
#include "unit.h"

#define ROWS 5

static struct stat facts[ROWS];

static void name_of(size_t i, char ret_name[64])
{
    snprintf(ret_name, 64, i % 2 ? "7/2026010%zuT030405.000001Z-a b-1" CRUMPLE_BUNDLE_SUFFIX : "%zu.tar.zst",
             i + 1);
}

static json_t *json_of(size_t i, const char *path)
{
    json_t *json = json_pack("{s:s, s:i, s:s?, s:s, s:{s:s}}", "event", "crash", "pid", (int)i, "path", path,
                             "title", "\xc3\xa4 \t\"\n", "tags", "k", "v");
    ck_assert_ptr_nonnull(json);
    return json;
}

static struct rows_row row_of(size_t i)
{
    return (struct rows_row){.state = i == 1 ? ROWS_DAMAGED : ROWS_PRESENT,
                             .time_us = -3 + (int64_t)i * 1000000,
                             .is_wound = i == 2,
                             .json = json_of(i, "/somewhere")};
}

/* And facts of files that have not changed for long. */
static void set_up(void)
{
    bundles_set_up_for_index();
    for (size_t i = 0; i < ROWS; i++)
        facts[i] = (struct stat){.st_mode = S_IFREG | 0600,
                                 .st_dev = 5,
                                 .st_ino = 1000 + i,
                                 .st_size = 4096,
                                 .st_mtim = {1000, 5},
                                 .st_ctim = {1000 + (time_t)i, 999999999}};
}

static struct row_index *open_index(void)
{
    return row_index_open(bundles_folder, "0123");
}

static void put(struct row_index *index, size_t i)
{
    char name[64];
    struct rows_row row = row_of(i);
    name_of(i, name);
    row_index_put(index, name, &facts[i], &row);
    json_decref(row.json);
}

/* Whether the index knows the row; if so, it is the one that was given. */
static bool is_known(struct row_index *index, size_t i, const struct stat *st)
{
    char name[64];
    struct rows_row row = {0}, want = row_of(i);
    json_t *json = json_of(i, NULL);
    name_of(i, name);
    bool known = row_index_get(index, name, st, &row);
    if (known) {
        ck_assert_int_eq(row.state, want.state);
        ck_assert_int_eq(row.time_us, want.time_us);
        ck_assert_int_eq(row.is_wound, want.is_wound);
        ck_assert(json_equal(row.json, json));
    }
    json_decref(json);
    json_decref(row.json);
    json_decref(want.json);
    return known;
}

static size_t known_of_all(struct row_index *index)
{
    size_t known = 0;
    for (size_t i = 0; i < ROWS; i++)
        known += is_known(index, i, &facts[i]);
    return known;
}

static void put_all(void)
{
    struct row_index *index = open_index();
    ck_assert_ptr_nonnull(index);
    for (size_t i = 0; i < ROWS; i++)
        put(index, i);
    row_index_close(index, false);
}

static size_t known_now(void)
{
    struct row_index *index = open_index();
    ck_assert_ptr_nonnull(index);
    size_t known = known_of_all(index);
    row_index_close(index, false);
    return known;
}

static size_t read_file(char *bytes, size_t room)
{
    FILE *from = fopen(bundles_index, "r");
    ck_assert_ptr_nonnull(from);
    size_t size = fread(bytes, 1, room, from);
    fclose(from);
    ck_assert_uint_lt(size, room);
    return size;
}

static void write_file(const char *bytes, size_t size)
{
    FILE *to = fopen(bundles_index, "w");
    ck_assert_ptr_nonnull(to);
    ck_assert_uint_eq(fwrite(bytes, 1, size, to), size);
    fclose(to);
}

START_TEST(it_gives_back_what_it_was_given)
{
    struct stat st;
    put_all();
    ck_assert_uint_eq(known_now(), ROWS);
    ck_assert_int_eq(stat(bundles_index, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_file_that_changed_is_not_known)
{
    put_all();
    struct row_index *index = open_index();
    struct stat others[7];
    for (size_t i = 0; i < 7; i++)
        others[i] = facts[0];
    others[0].st_dev++;
    others[1].st_ino++;
    others[2].st_size++;
    others[3].st_mtim.tv_sec--;
    others[4].st_mtim.tv_nsec++;
    others[5].st_ctim.tv_sec++;
    others[6].st_ctim.tv_nsec--;
    for (size_t i = 0; i < 7; i++)
        ck_assert(!is_known(index, 0, &others[i]));
    ck_assert(!is_known(index, 1, &facts[0])); /* another name */
    ck_assert(is_known(index, 0, &facts[0]));
    row_index_close(index, false);
}
END_TEST

START_TEST(what_may_change_yet_is_not_remembered)
{
    static const enum rows_state states[] = {ROWS_PENDING, ROWS_UNREADABLE};
    char name[64];
    struct rows_row row = row_of(0);
    struct stat now = facts[0], future = facts[0], fifo = facts[0];
    struct row_index *index = open_index();
    now.st_ctim.tv_sec = time(NULL);
    future.st_ctim.tv_sec = time(NULL) + 1000; /* the clock was set back */
    fifo.st_mode = S_IFIFO | 0600;
    name_of(0, name);
    row_index_put(index, name, &now, &row);
    row_index_put(index, name, &future, &row);
    row_index_put(index, name, &fifo, &row);
    row_index_put(index, "a\nb", &facts[0], &row);
    row_index_put(index, "a\tb", &facts[0], &row);
    for (size_t i = 0; i < 2; i++) {
        row.state = states[i];
        row_index_put(index, name, &facts[0], &row);
    }
    json_decref(row.json);
    row_index_close(index, false);
    index = open_index();
    ck_assert(!is_known(index, 0, &facts[0]) && !is_known(index, 0, &now) && !is_known(index, 0, &future) &&
              !is_known(index, 0, &fifo));
    row_index_close(index, false);
}
END_TEST

/* Cut at each byte: what is known is right, and the next reader adds the rest so that all is known again. */
START_TEST(cut_at_every_byte_it_heals)
{
    static char whole[8192];
    put_all();
    size_t size = read_file(whole, sizeof whole);
    for (size_t cut = 0; cut < size; cut++) {
        write_file(whole, cut);
        struct row_index *index = open_index();
        ck_assert_ptr_nonnull(index);
        for (size_t i = 0; i < ROWS; i++)
            if (!is_known(index, i, &facts[i]))
                put(index, i);
        row_index_close(index, cut % 2);
        ck_assert_msg(known_now() == ROWS, "cut at %zu", cut);
    }
}
END_TEST

START_TEST(a_byte_changed_makes_no_other_row)
{
    static char whole[8192];
    put_all();
    size_t size = read_file(whole, sizeof whole);
    for (size_t at = 0; at < size; at++) {
        static const char flips[] = {1, 0x20, (char)0x80, 0x2a};
        const char before = whole[at];
        for (size_t i = 0; i < sizeof flips; i++) {
            whole[at] = (char)(before ^ flips[i]);
            write_file(whole, size);
            /* 0x20 may make a capital digit of a checksum */
            ck_assert_msg(known_now() < ROWS || flips[i] == 0x20, "byte %zu", at);
        }
        whole[at] = before;
    }
}
END_TEST

START_TEST(garbage_counts_for_nothing)
{
    static char bytes[300000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i >> 3);
    put_all();
    write_file(bytes, sizeof bytes);
    ck_assert_uint_eq(known_now(), 0); /* and is written anew */
    put_all();
    ck_assert_uint_eq(known_now(), ROWS);
    /* beyond the limit */
    ck_assert_int_eq(truncate(bundles_index, ((off_t)128 << 20) + 1), 0);
    ck_assert_uint_eq(known_now(), 0);
    put_all();
    ck_assert_uint_eq(known_now(), ROWS);
}
END_TEST

START_TEST(another_build_starts_again)
{
    put_all();
    struct row_index *old = open_index(), *other = row_index_open(bundles_folder, "9999");
    ck_assert_uint_eq(known_of_all(other), 0);
    put(other, 0);
    row_index_close(other, false);
    /* this one has read the file before it changed hands */
    ck_assert_uint_eq(known_of_all(old), ROWS);
    put(old, 1);
    row_index_close(old, false);
    other = row_index_open(bundles_folder, "9999");
    ck_assert_uint_eq(known_of_all(other), 1);
    row_index_close(other, false);
    ck_assert_ptr_null(row_index_open(bundles_folder, NULL));
}
END_TEST

START_TEST(lines_of_files_that_are_gone_go)
{
    struct stat st, before;
    struct row_index *index = open_index();
    for (int i = 0; i < 200; i++) { /* the same bundles_index, changed each time */
        facts[0].st_mtim.tv_sec++;
        put(index, 0);
    }
    put(index, 1);
    row_index_close(index, true);
    ck_assert_int_eq(stat(bundles_index, &before), 0);

    index = open_index(); /* of a part only: nothing is known of the rest */
    ck_assert(is_known(index, 1, &facts[1]));
    row_index_close(index, false);
    ck_assert_int_eq(stat(bundles_index, &st), 0);
    ck_assert_int_eq(st.st_size, before.st_size);

    index = open_index();
    ck_assert(is_known(index, 0, &facts[0]) && is_known(index, 1, &facts[1]));
    put(index, 2);
    row_index_close(index, true);
    ck_assert_int_eq(stat(bundles_index, &st), 0);
    ck_assert_int_lt(st.st_size, before.st_size / 20);
    index = open_index();
    ck_assert_uint_eq(known_of_all(index), 3);
    row_index_close(index, true);
}
END_TEST

/* More than is held in memory: it is written meanwhile, whoever had the file before. */
START_TEST(many_lines_are_written_meanwhile)
{
    enum { MANY = 40000 };
    for (int turn = 0; turn < 2; turn++) {
        struct row_index *index = row_index_open(bundles_folder, turn ? "9999" : "0123");
        struct stat st = facts[0];
        for (int i = 0; i < MANY; i++) {
            facts[0].st_ino = 5000 + (ino_t)i;
            put(index, 0);
        }
        ck_assert_int_eq(stat(bundles_index, &st), 0);
        ck_assert_int_gt(st.st_size, 4 << 20);
        row_index_close(index, true);
        index = row_index_open(bundles_folder, turn ? "9999" : "0123");
        for (int i = 0; i < MANY; i += 97) {
            facts[0].st_ino = 5000 + (ino_t)i;
            ck_assert(is_known(index, 0, &facts[0]));
        }
        row_index_close(index, false);
    }
}
END_TEST

START_TEST(nobody_waits_for_it)
{
    put_all();
    struct row_index *index = open_index();
    put(index, 0);
    int fd = open(bundles_index, O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_SH), 0);
    ck_assert_uint_eq(known_now(), ROWS); /* readers do not exclude each other */
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_ptr_null(open_index());
    row_index_close(index, false); /* is not written */
    close(fd);
    ck_assert_uint_eq(known_now(), ROWS);
}
END_TEST

/* Makes something of the cache's folder, whose index cannot be used then. */
static void expect_none(const char *what, const char *format)
{
    char command[600];
    snprintf(command, sizeof command, format, bundles_cache, bundles_index, bundles_cache);
    ck_assert_int_eq(system(command), 0);
    ck_assert_msg(!open_index(), "%s", what);
    snprintf(command, sizeof command, "rm -rf %s && mkdir -m 0700 %s", bundles_cache, bundles_cache);
    ck_assert_int_eq(system(command), 0);
    put_all();
    ck_assert_uint_eq(known_now(), ROWS);
}

START_TEST(where_it_cannot_be_safe_there_is_none)
{
    put_all();
    expect_none("others may write the folder", "chmod 0777 %s/crumple");
    expect_none("others may read the folder", "chmod 0750 %s/crumple");
    expect_none("a link for a folder", "mv %1$s/crumple %1$s/x && ln -s x %1$s/crumple");
    expect_none("a link for the file", "mv %2$s %2$s.x && ln -s %2$s.x %2$s");
    expect_none("a hard link", "ln %2$s %2$s.x");
    expect_none("a FIFO", "rm %2$s && mkfifo -m 0600 %2$s");
    expect_none("a directory", "rm %2$s && mkdir -m 0700 %2$s");
    expect_none("others may read the file", "chmod 0640 %2$s");
    expect_none("no folder for caches", "rm -rf %s");
    if (geteuid() == 0) {
        expect_none("another user's folder", "chown 7 %s/crumple");
        expect_none("another user's file", "chown 7 %2$s");
        expect_none("another user's home", "chown 7 %1$s && rm -rf %1$s/*");
    }
}
END_TEST

START_TEST(few_bundles_and_other_things_have_none)
{
    char path[200];
    ck_assert_ptr_null(row_index_open("/nonexistent", "1"));
    ck_assert_ptr_null(row_index_open(bundles_cache, "1")); /* no bundles */
    snprintf(path, sizeof path, "%s/0" CRUMPLE_BUNDLE_SUFFIX, bundles_folder);
    ck_assert_ptr_null(row_index_open(path, "1"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_ptr_null(open_index()); /* one is missing */
    row_index_close(NULL, true);
}
END_TEST

START_TEST(indexes_that_nobody_used_go)
{
    char command[600];
    put_all();
    snprintf(
        command, sizeof command,
        "cd %s/crumple && rm rows-* && touch -d '100 days ago' rows-1-1 other && touch -d '80 days ago' rows-1-2",
        bundles_cache);
    ck_assert_int_eq(system(command), 0);
    put_all();
    snprintf(command, sizeof command,
             "cd %s/crumple && test ! -e rows-1-1 && test -e rows-1-2 && test -e other", bundles_cache);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, bundles_tear_down);
    tcase_add_test(tests, it_gives_back_what_it_was_given);
    tcase_add_test(tests, a_file_that_changed_is_not_known);
    tcase_add_test(tests, what_may_change_yet_is_not_remembered);
    tcase_add_test(tests, cut_at_every_byte_it_heals);
    tcase_add_test(tests, a_byte_changed_makes_no_other_row);
    tcase_add_test(tests, garbage_counts_for_nothing);
    tcase_add_test(tests, another_build_starts_again);
    tcase_add_test(tests, lines_of_files_that_are_gone_go);
    tcase_add_test(tests, many_lines_are_written_meanwhile);
    tcase_add_test(tests, nobody_waits_for_it);
    tcase_add_test(tests, where_it_cannot_be_safe_there_is_none);
    tcase_add_test(tests, few_bundles_and_other_things_have_none);
    tcase_add_test(tests, indexes_that_nobody_used_go);
}
