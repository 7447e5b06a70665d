/* SPDX-License-Identifier: MIT */
/* What crumple's formatter makes of a format is what libc's makes of it. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "state/config.h"
#include "tell/format.h"
#include "unit.h"

const struct crumple_config *crumple_config;

static int ours(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = safe_format(out, size, format, args);
    va_end(args);
    return n;
}

#define EQUAL(...)                                                                                           \
    do {                                                                                                     \
        char mine[96], theirs[96];                                                                           \
        int n = ours(mine, sizeof mine, __VA_ARGS__);                                                        \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);                                                        \
        ck_assert_str_eq(mine, theirs);                                                                      \
        ck_assert_int_eq(n, (int)strlen(theirs));                                                            \
    } while (0)

START_TEST(numbers_are_those_of_libc)
{
    EQUAL("%d %i %u", 42, -42, 42u);
    EQUAL("%d %d", INT_MAX, INT_MIN);
    EQUAL("%ld %lld %lu %llu", LONG_MIN, LLONG_MAX, ULONG_MAX, ULLONG_MAX);
    EQUAL("%zu %zd %jd %td", (size_t)7, (ssize_t)-7, INTMAX_MIN, (ptrdiff_t)-1);
    EQUAL("%x %X %lx %llX", 0xdeadu, 0xBEEFu, ULONG_MAX, 0x123456789abcdefULL);
    EQUAL("%hd %hhd %hu %hhu %hhx", (short)-3, (signed char)-3, (unsigned short)65535, (unsigned char)255,
          (unsigned char)0x80);
    EQUAL("%5d|%-5d|%05d|%02x|%-8x|%016llx", 42, 42, -42, 7u, 7u, 0xabcULL);
    EQUAL("%*d|%*d|%-*d", 5, 42, -5, 42, 5, 42);
    EQUAL("%p %p", (void *)0x7f0012345678, (void *)NULL);
    EQUAL("%d%%", 0);
}
END_TEST

START_TEST(texts_are_those_of_libc)
{
    const char *none = NULL;
    EQUAL("%s", "arena");
    EQUAL("%s-%s", "", "x");
    EQUAL("%.3s|%.*s|%8s|%-8s|%8.2s", "abcdef", 2, "abcdef", "abc", "abc", "abc");
    EQUAL("%c%c|%3c|%-3c|", 'o', 'k', 'a', 'b');
    EQUAL("no conversion");
    EQUAL("%s", none);
    EQUAL("%.2s", "ab\x01");
}
END_TEST

START_TEST(text_is_cut_at_its_end_and_no_byte_is_written_behind)
{
    char out[16];
    memset(out, 'z', sizeof out);
    ck_assert_int_eq(ours(out, 8, "%s", "0123456789"), 7);
    ck_assert_str_eq(out, "0123456");
    ck_assert_int_eq(out[8], 'z');
    ck_assert_int_eq(ours(out, 8, "%d", 1234567890), 7);
    ck_assert_int_eq(ours(out, 8, "%100d", 1), 7);
    ck_assert_str_eq(out, "       ");
    ck_assert_int_eq(ours(out, 1, "%d", 1), 0);
    ck_assert_str_eq(out, "");
    /* No byte beyond the room is read: this one has no NUL. */
    const char open[4] = {'a', 'b', 'c', 'd'};
    ck_assert_int_eq(ours(out, 4, "%s", open), 3);
    ck_assert_int_eq(ours(out, 16, "%.4s", open), 4);
}
END_TEST

START_TEST(what_it_does_not_know_is_left_to_libc)
{
    char out[16];
    ck_assert_int_eq(ours(out, sizeof out, "%f", 1.5), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%d %g", 1, 1.5), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%+d", 1), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%#x", 1), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%.3d", 1), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%o", 1), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%ls", L"x"), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "%m"), -ENOTSUP);
    ck_assert_int_eq(ours(out, sizeof out, "100%"), -ENOTSUP);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, numbers_are_those_of_libc);
    tcase_add_test(tests, texts_are_those_of_libc);
    tcase_add_test(tests, text_is_cut_at_its_end_and_no_byte_is_written_behind);
    tcase_add_test(tests, what_it_does_not_know_is_left_to_libc);
}
