/* SPDX-License-Identifier: MIT */
/* Which calls never come back: on rows of bytes, and on functions of this very program. */
#include <elf.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code/no_return.h"
#include "unit.h"
#include "writer/code/own_module.h"

START_TEST(test_reads_the_ends_of_code)
{
    static const struct {
        uint8_t code[16];
        size_t size;
        bool returns;
        size_t jumps;
    } rows[] = {
        {{0xc3}, 1, true, 0},
        {{0xf3, 0xc3}, 2, true, 0},
        {{0xc2, 8, 0}, 3, true, 0},
        {{0xe8, 0, 1, 0, 0}, 5, false, 0},             /* call, and nothing behind it */
        {{0xe8, 0, 1, 0, 0, 0x0f, 0x0b}, 7, false, 0}, /* and a trap */
        {{0xe9, 0, 1, 0, 0}, 5, false, 1},             /* a tail call */
        {{0x0f, 0x84, 0, 1, 0, 0, 0xe9, 0, 0, 1, 0}, 11, false, 2},
        {{0x90, 0xeb, 0xfd}, 3, false, 0}, /* a loop */
        {{0x74, 0x01, 0xc3, 0xf4}, 4, true, 0},
        {{0xff, 0xe0}, 2, true, 0}, /* jmp *%rax: nobody knows where */
        {{0xff, 0x25, 0, 0, 0, 0}, 6, true, 0},
        {{0x06}, 1, true, 0},       /* no instruction */
        {{0xe8, 0, 1}, 3, true, 0}, /* cut off */
        {{0}, 0, true, 0},
        {{0x66, 0x90, 0xb8, 0xc3, 0xc3, 0xc3, 0xc3, 0xf4},
         8,
         false,
         0}, /* c3 inside of a number is no return */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct code_exits exits;
        code_exits_read(rows[i].code, rows[i].size, 0x1000, &exits);
        ck_assert_msg(exits.returns == rows[i].returns, "row %zu", i);
        ck_assert_msg(exits.returns || exits.jump_count == rows[i].jumps, "row %zu", i);
    }
    struct code_exits exits;
    code_exits_read(rows[5].code, 5, 0x1000, &exits);
    ck_assert_uint_eq(exits.jumps[0], 0x1105);
}
END_TEST

START_TEST(test_knows_what_libc_never_returns_from)
{
    static const char *const never[] = {"abort",          "exit",        "__assert_fail",
                                        "longjmp",        "__cxa_throw", "_ZSt20__throw_length_errorPKc",
                                        "_ZSt9terminatev"};
    static const char *const comes_back[] = {"abor", "abort2", "printf", "atexit", "_ZSt4cout", ""};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        ck_assert_msg(no_return_name(never[i], strlen(never[i])), "%s", never[i]);
    for (size_t i = 0; i < sizeof comes_back / sizeof comes_back[0]; i++)
        ck_assert_msg(!no_return_name(comes_back[i], strlen(comes_back[i])), "%s", comes_back[i]);
}
END_TEST

/* Ways to die, and functions that look like them. They are only called to get the addresses of the calls. */
static jmp_buf back;
static void *call_site;
static volatile int choice;

#define NOTE_CALL() (call_site = __builtin_return_address(0))

static __attribute__((noinline)) void formats_and_leaves(void)
{
    NOTE_CALL();
    if (choice == 1)
        puts("never");
    longjmp(back, 1);
}

static __attribute__((noinline, noreturn)) void declared(void)
{
    NOTE_CALL();
    longjmp(back, 1);
}

static __attribute__((noinline)) void wraps(void)
{
    NOTE_CALL();
    formats_and_leaves();
    __asm__ volatile("");
}

static __attribute__((noinline)) void comes_back(void)
{
    NOTE_CALL();
    if (choice == 2)
        abort();
    __asm__ volatile("");
}

static struct no_return called(void (*volatile function)(void), uint64_t entry)
{
    if (setjmp(back) == 0)
        function();
    return no_return_call(&own_module.memory, (uintptr_t)call_site, entry);
}

static __attribute__((noinline)) void calls_declared(void)
{
    declared();
}

START_TEST(test_reads_functions_of_a_real_program)
{
    own_module_open();
    struct no_return ends = called(formats_and_leaves, (uintptr_t)formats_and_leaves);
    ck_assert(ends.is_certain);
    ck_assert_uint_ge(ends.calls, 2);
    ck_assert(!called(comes_back, (uintptr_t)comes_back).is_certain);
    ck_assert(!called(formats_and_leaves, 0).is_certain); /* an indirect call, and no symbol */
    /* The calls inside of these two are direct ones. */
    ck_assert(called(wraps, 0).is_certain);
    ck_assert(called(calls_declared, 0).is_certain);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_reads_the_ends_of_code);
    tcase_add_test(tests, test_knows_what_libc_never_returns_from);
    tcase_add_test(tests, test_reads_functions_of_a_real_program);
}
