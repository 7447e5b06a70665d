/* SPDX-License-Identifier: MIT */
/* The lines that tell of a fault of C, and what only looks like them. */
#include <string.h>

#include "cgo/lines.h"
#include "unit.h"

#define SIGNAL     "SIGSEGV: segmentation violation\n"
#define PC         "PC=0x4833b6 m=0 sigcode=1 addr=0x18\n"
#define UNEXPECTED "fatal error: unexpected signal during runtime execution\n"
#define DETAIL     "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x4833b6]\n"

static bool feed(const char *text, size_t piece, struct cgo_fault *ret)
{
    struct cgo_lines lines = {0};
    const size_t size = strlen(text);
    bool is_found = false;
    for (size_t at = 0; at < size; at += piece)
        is_found |= cgo_lines_feed(&lines, text + at, size - at < piece ? size - at : piece, ret);
    return is_found;
}

static void finds(const char *text, uint64_t pc, bool is_call)
{
    for (size_t piece = 1; piece < 300; piece += piece < 40 ? 1 : 37) {
        struct cgo_fault fault = {0};
        ck_assert(feed(text, piece, &fault));
        ck_assert_uint_eq(fault.pc, pc);
        ck_assert_int_eq(fault.is_call, is_call);
    }
}

static void ignores(const char *text)
{
    struct cgo_fault fault = {.pc = 7};
    for (size_t piece = 1; piece < 300; piece += 11)
        ck_assert(!feed(text, piece, &fault));
}

START_TEST(a_fault_as_each_version_tells_it)
{
    finds("a line\n" SIGNAL PC "signal arrived during cgo execution\n", 0x4833b6, false);
    finds("SIGABRT: abort\nPC=0x7f18f1ea8eec m=0 sigcode=18446744073709551610\n", 0x7f18f1ea8eec, false);
    finds(UNEXPECTED DETAIL "\nruntime stack:\n", 0x4833b6, true);
    finds("SIGILL: illegal instruction\r\nPC=0x10 m=3 sigcode=2\r\n", 0x10, false); /* a terminal */
}
END_TEST

START_TEST(the_last_of_several)
{
    finds(SIGNAL "PC=0x1 m=0 sigcode=1\n" SIGNAL PC, 0x4833b6, false);
}
END_TEST

START_TEST(what_only_looks_like_it)
{
    ignores(SIGNAL);
    ignores(PC);
    ignores(SIGNAL "\n" PC);
    ignores(SIGNAL "another line\n" PC);
    ignores("a server says: " SIGNAL PC);
    ignores(SIGNAL "PC=0x4833b6 m=0 sigcode=1"); /* not a whole line yet */
    ignores(SIGNAL "PC=nothing m=0 sigcode=1\n");
    ignores(DETAIL);
    ignores(UNEXPECTED "\n" DETAIL);
    ignores(
        "panic: runtime error: invalid memory address or nil pointer dereference\n" DETAIL); /* Go's own */
}
END_TEST

START_TEST(long_lines_and_zeros)
{
    static char text[3 * CGO_LINE_BYTES];
    struct cgo_lines lines = {0};
    struct cgo_fault fault;
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "SIGSEGV: segmentation violation", 31);
    text[sizeof text - 1] = '\n';
    ck_assert(!cgo_lines_feed(&lines, text, sizeof text, &fault));
    ck_assert(!cgo_lines_feed(&lines, PC, strlen(PC), &fault));
    ck_assert(!cgo_lines_feed(&lines, "SIGSEGV: segmentation violation\0\n", 33, &fault));
    ck_assert(!cgo_lines_feed(&lines, PC, strlen(PC), &fault));
    ck_assert(cgo_lines_feed(&lines, SIGNAL PC, strlen(SIGNAL PC), &fault));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_fault_as_each_version_tells_it);
    tcase_add_test(tests, the_last_of_several);
    tcase_add_test(tests, what_only_looks_like_it);
    tcase_add_test(tests, long_lines_and_zeros);
}
