/* SPDX-License-Identifier: MIT */
/* What goes of a crash directory, and in which order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retain.h"
#include "unit.h"

#define NOW_US INT64_C(1767312000000000) /* 2026-01-02T00:00:00Z */
#define ALL    SIZE_MAX

/*
 * A directory in a text, the oldest file first: each word is a file of 10 bytes. A letter: a bundle of the signature with
 * that name; '-': of one that nobody knows; '+': the same, of another program; 'P': a pending core; 'T': a left-over. An
 * exclamation mark behind it: it is spared; a percent sign: it has another name elsewhere, by a link. The first is of 2026-01-01T00:00:00Z, each later one of an hour later.
 */
static struct retain_files make(const char *text)
{
    struct retain_files files = {0};
    files.items = calloc(strlen(text) + 1, sizeof *files.items);
    ck_assert_ptr_nonnull(files.items);
    for (const char *at = text; *at; at++) {
        if (*at == '!') {
            files.items[files.count - 1].is_spared = true;
            continue;
        }
        if (*at == '%') {
            files.items[files.count - 1].disk_bytes = 0;
            continue;
        }
        struct retain_file *file = &files.items[files.count];
        const char *ending = *at == 'P' ? ".core" : *at == 'T' ? ".core.tmp" : ".tar.zst";
        ck_assert_int_gt(asprintf(&file->name, "20260101T%02zu0000.000000Z-%s-1%s", files.count,
                                  *at == '+' ? "other" : "x", ending),
                         0);
        file->kind = *at == 'P' ? RETAIN_PENDING : *at == 'T' ? RETAIN_LEFT_OVER : RETAIN_BUNDLE;
        file->signature = *at >= 'a' && *at <= 'z' ? retain_signature(at, 1) : 0;
        file->bytes = 10;
        file->disk_bytes = 4096;
        files.count++;
    }
    return files;
}

/* The same text, and what goes as a dot. */
static void expect_left(struct retain_files *files, const char *before, const char *after)
{
    char left[100] = "";
    size_t i = 0, size = 0;
    for (const char *at = before; *at; at++)
        if (*at != '!' && *at != '%')
            left[size++] = files->items[i++].reason ? '.' : *at;
    ck_assert_msg(strcmp(left, after) == 0, "of %s stays %s, should be %s", before, left, after);
    retain_release(files);
}

static const struct {
    const char *before, *rules, *after;
    size_t most;
} cases[] = {
    /* nothing beyond the limits */
    {"abc-PT!", "count=4,bytes=100", "abc-PT", ALL},
    {"aaaa", "", "aaaa", ALL},
    {"", "count=1,bytes=1,age=1m,signature=1", "", ALL},
    /* of the most frequent signature the middle goes, the oldest first */
    {"abaaab", "count=5", "ab.aab", ALL},
    {"abaaab", "count=4", "ab..ab", ALL},
    {"aaabbb", "count=5", "a.abbb", ALL},
    {"aaabbb", "count=4", "a.ab.b", ALL},
    {"aaaaabbb", "count=6", "a..aabbb", ALL},
    {"bbbaaaaa", "count=5", "b.ba..aa", ALL},
    /* then the oldest */
    {"aaabbb", "count=3", "..ab.b", ALL},
    {"aaabbb", "count=1", ".....b", ALL},
    {"abcd", "count=2", "..cd", ALL},
    /* a rare crash outlives a storm */
    {"zaaaaaaaaa", "count=3", "za.......a", ALL},
    /* what is not known has neither first nor latest */
    {"-----", "count=3", "..---", ALL},
    {"---aaa", "count=5", ".--aaa", ALL},
    {"----aaa", "count=5", "..--aaa", ALL},
    {"++----", "count=4", "++..--", ALL},
    {"--aa", "count=3", ".-aa", ALL},
    /* sizes; what is pending counts, and goes by its age */
    {"aaaaa", "bytes=30", "a..aa", ALL},
    {"Paaaa", "bytes=40", "Pa.aa", ALL},
    {"Paaaa", "bytes=20", ".a..a", ALL},
    {"PPPa", "count=1", "PPPa", ALL},
    {"aP!b", "bytes=10", ".P.", ALL},
    {"ab", "bytes=5", "..", ALL},
    {"ab!", "bytes=5", ".b", ALL},
    {"aa!a!a", "count=1", ".aa.", ALL},
    /* a budget for each signature */
    {"aaaabb", "signature=3", "a.aabb", ALL},
    {"aaaabb", "signature=2", "a..abb", ALL},
    {"aaaabb", "signature=1", "...a.b", ALL},
    {"----", "signature=2", "..--", ALL},
    {"--++", "signature=2", "--++", ALL},
    {"PPPT!", "signature=1", "PPPT", ALL},
    {"aa!a!aa", "signature=2", "aaa.a", ALL},
    {"a!a", "signature=1", "aa", ALL},
    {"aaaab", "signature=2,count=2", "...ab", ALL},
    /* age is for all; the 12th file is of 11:00 */
    {"abcdefghijklmnopqrst", "age=12h", "............mnopqrst", ALL},
    {"a!aaPP!T!", "age=1h", "a...PT", ALL},
    {"aaa", "age=1000d", "aaa", ALL},
    {"aaa", "age=23h", ".aa", ALL},
    {"aaa", "age=22h,count=1", "..a", ALL},
    /* what is left over */
    {"TT!aT", "count=9", ".Ta.", ALL},
    /* no more at once */
    {"aaaaaa", "count=2", "a..aaa", 2},
    {"TTaaaa", "count=1,age=1h,signature=1", "...aaa", 3},
    {"aaaaaa", "count=2", "aaaaaa", 0},
};

START_TEST(limits)
{
    struct retain_files files = make(cases[_i].before);
    struct retain_rules rules;
    char complaint[200] = "";
    ck_assert_msg(retain_parse(cases[_i].rules, &rules, complaint, sizeof complaint) == 0, "%s", complaint);
    ck_assert_int_eq(retain_to_limits(&files, &rules, NOW_US, cases[_i].most), 0);
    expect_left(&files, cases[_i].before, cases[_i].after);
}
END_TEST

static const struct {
    const char *before;
    uint64_t missing;
    const char *after;
    int error;
} spaces[] = {
    {"aaaa", 1, "a.aa", 0},        {"aaaa", 4096, "a.aa", 0},       {"aaaa", 4097, "a..a", 0},
    {"abab", 8192, "..ab", 0},     {"aaaa", 16384, "....", 0},      {"aaaa", 0, "aaaa", 0},
    {"aa!aa", 8192, ".a.a", 0},    {"T!P!aaa", 4096, "TPa.a", 0},   {"TPaaa", 8192, ".Pa.a", 0},
    {"aa%aa%a", 4097, ".a.aa", 0}, {"aa%a%a", 8193, NULL, -ENOSPC}, {"aaaa", 16385, NULL, -ENOSPC},
    {"a!a!", 1, NULL, -ENOSPC},    {"", 1, NULL, -ENOSPC},
};

START_TEST(space)
{
    struct retain_files files = make(spaces[_i].before);
    ck_assert_int_eq(retain_for_space(&files, spaces[_i].missing), spaces[_i].error);
    if (spaces[_i].after)
        expect_left(&files, spaces[_i].before, spaces[_i].after);
    else
        retain_release(&files);
}
END_TEST

START_TEST(reasons_are_named)
{
    struct retain_files files = make("Tabcaaab");
    struct retain_rules rules;
    char complaint[200];
    ck_assert_int_eq(retain_parse("age=22h,signature=3,count=4", &rules, complaint, sizeof complaint), 0);
    ck_assert_int_eq(retain_to_limits(&files, &rules, NOW_US, ALL), 0);
    const char *const reasons[] = {"left over", "age", "count", NULL, NULL, "count", NULL, NULL};
    for (size_t i = 0; i < files.count; i++)
        ck_assert_pstr_eq(files.items[i].reason, reasons[i]);
    retain_release(&files);
}
END_TEST

START_TEST(signatures_are_asked_for_only_beyond_a_limit)
{
    static const struct {
        const char *rules;
        bool needs;
    } needs[] = {{"count=3", true},     {"count=4", false},     {"bytes=39", true}, {"bytes=40", false},
                 {"signature=3", true}, {"signature=4", false}, {"age=1h", false},  {"", false}};
    struct retain_files files = make("abab");
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        struct retain_rules rules;
        char complaint[200];
        ck_assert_int_eq(retain_parse(needs[i].rules, &rules, complaint, sizeof complaint), 0);
        ck_assert_msg(retain_needs_signatures(&files, &rules) == needs[i].needs, "%s", needs[i].rules);
    }
    retain_release(&files);
}
END_TEST

/* The greedy rule as it reads: the largest group gives its oldest bundle but the first, one at a time. */
static void choose_slowly(struct retain_files *files, size_t most_left)
{
    for (size_t left = files->count; left > most_left; left--) {
        size_t best = 0, chosen = SIZE_MAX;
        for (size_t i = 0; i < files->count; i++) {
            size_t size = 0, before = 0, after = 0;
            for (size_t other = 0; other < files->count; other++) {
                if (files->items[other].reason || files->items[other].signature != files->items[i].signature)
                    continue;
                size++;
                before += other < i;
                after += other > i;
            }
            if (!files->items[i].reason && size > 2 && before == 1 && after && size > best) {
                best = size;
                chosen = i;
            }
        }
        for (size_t i = 0; chosen == SIZE_MAX; i++)
            if (!files->items[i].reason)
                chosen = i;
        files->items[chosen].reason = "count";
    }
}

START_TEST(the_order_is_that_of_the_greedy_rule)
{
    srand((unsigned)_i);
    for (int round = 0; round < 40; round++) {
        char text[24] = "";
        const size_t size = 1 + (size_t)rand() % 22;
        for (size_t i = 0; i < size; i++)
            text[i] = (char)('a' + (rand() & rand() & 3));
        for (size_t count = 1; count < size; count++) {
            struct retain_files fast = make(text), slow = make(text);
            struct retain_rules rules = {.count = count};
            ck_assert_int_eq(retain_to_limits(&fast, &rules, NOW_US, ALL), 0);
            choose_slowly(&slow, count);
            for (size_t i = 0; i < size; i++)
                ck_assert_msg(!fast.items[i].reason == !slow.items[i].reason, "%s to %zu, at %zu", text,
                              count, i);
            retain_release(&fast);
            retain_release(&slow);
        }
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, limits, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, space, 0, sizeof spaces / sizeof *spaces);
    tcase_add_test(tests, reasons_are_named);
    tcase_add_test(tests, signatures_are_asked_for_only_beyond_a_limit);
    tcase_add_loop_test(tests, the_order_is_that_of_the_greedy_rule, 0, 5);
}
