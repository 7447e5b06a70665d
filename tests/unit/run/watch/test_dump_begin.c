/* SPDX-License-Identifier: MIT */
/* The line that begins a dump, in pieces of any size and after anything. */
#include <string.h>

#include "unit.h"
#include "watch/dump_begin.h"

static struct dump_begin begin;
static enum go_line_kind kind;
static char found[3 * DUMP_BEGIN_BYTES + 1];
static size_t used;

/* Feeds the text in pieces of that size; what is found is in the four above. */
static void find(const char *text, size_t size, size_t piece)
{
    const char *line = NULL;
    size_t line_size = 0, at = 0;
    begin.size = 0;
    kind = GO_LINE_OTHER;
    while (at < size && kind == GO_LINE_OTHER)
        at += dump_begin_find(&begin, text + at, size - at < piece ? size - at : piece, &line, &line_size,
                              &kind);
    used = at;
    memcpy(found, line ? line : "", line ? line_size : 0);
    found[line ? line_size : 0] = '\0';
}

static void expect(const char *text, const char *line, enum go_line_kind wanted)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        find(text, strlen(text), piece);
        ck_assert_int_eq(kind, wanted);
        ck_assert_str_eq(found, line);
        const char *end = *line ? strstr(text, line) + strlen(line) : text + strlen(text);
        ck_assert_uint_eq(used, (size_t)(end - text));
    }
}

START_TEST(lines_that_begin_one)
{
    expect("a\npanic: x\nb\n", "panic: x\n", GO_LINE_PANIC);
    expect("a\nfatal error: x\nb\n", "fatal error: x\n", GO_LINE_FATAL);
    expect("a\nSIGSEGV: segmentation violation\nPC=0x1\n", "SIGSEGV: segmentation violation\n",
           GO_LINE_SIGNAL);
    expect("a\nSIGQUIT: quit\r\nPC=0x1\n", "SIGQUIT: quit\r\n", GO_LINE_SIGNAL);
}
END_TEST

START_TEST(in_the_middle_of_a_line)
{
    expect("loading...panic: x\nb\n", "panic: x\n", GO_LINE_PANIC);
    expect("loading...SIGQUIT: quit\nb\n", "SIGQUIT: quit\n", GO_LINE_SIGNAL);
    expect("SIGN fatal error: SIGQUIT: quit\nb\n", "fatal error: SIGQUIT: quit\n", GO_LINE_FATAL);
}
END_TEST

START_TEST(lines_that_do_not)
{
    expect("panic:x\nSIGSEGV: was sent\nfatal: error\nDESIGN\n\n\r\n\npanic", "", GO_LINE_OTHER);
    expect("SIGSIGSIGQUIT\nno end: panic: x", "", GO_LINE_OTHER);
    expect("SIGQUIT: quit of a worker\n", "", GO_LINE_OTHER);
}
END_TEST

START_TEST(a_line_that_is_longer_than_what_is_kept)
{
    static char text[3 * DUMP_BEGIN_BYTES];
    static const size_t pieces[] = {1, 7, 4095, 4096, 4097, sizeof text};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (size_t at = 0; at < sizeof text - 20; at += 61) {
            memset(text, 'x', sizeof text);
            memcpy(text + at, "fatal error: ", 13);
            text[sizeof text - 1] = '\n';
            find(text, sizeof text, pieces[i]);
            ck_assert_int_eq(kind, GO_LINE_FATAL);
            ck_assert_mem_eq(found, "fatal error: ", 13);
            ck_assert_uint_ge(used, at + 13);
            ck_assert_uint_eq(begin.size, 0);
        }
}
END_TEST

START_TEST(a_stream_of_anything)
{
    static char text[1 << 20];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof text; i++, random = random * 1664525 + 1013904223)
        text[i] = "SIGpanic: fatal error\n\r\0"[random >> 24 & 15];
    for (size_t piece = 1; piece < 20000; piece = piece * 3 + 1)
        for (size_t at = 0; at < sizeof text; at += used)
            find(text + at, sizeof text - at, piece);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, lines_that_begin_one);
    tcase_add_test(tests, in_the_middle_of_a_line);
    tcase_add_test(tests, lines_that_do_not);
    tcase_add_test(tests, a_line_that_is_longer_than_what_is_kept);
    tcase_add_test(tests, a_stream_of_anything);
}
