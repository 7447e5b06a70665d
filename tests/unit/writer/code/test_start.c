/* SPDX-License-Identifier: MIT */
/* main of a program without symbols: of this very program, and of one that begins otherwise. */
#include "code/start.h"
#include "unit.h"
#include "writer/code/own_module.h"

int main(void);

START_TEST(test_finds_main_in_the_first_instructions)
{
    own_module_open();
    ck_assert_uint_eq(start_main(&own_module.memory, &own_module.module), (uintptr_t)main);
}
END_TEST

/* As musl's crt1.o begins a program: in assembly, and then in C. */
__asm__(".text\n"
        "musl_start: xor %rbp, %rbp\n mov %rsp, %rdi\n and $-16, %rsp\n call musl_start_c\n"
        "musl_return: nop\n nop\n"
        "musl_start_c: mov (%rdi), %esi\n lea main(%rip), %rdi\n jmp musl_start\n"
        "musl_after: ret\n");
extern const char musl_start[], musl_return[], musl_after[];

START_TEST(test_finds_main_in_the_second_function)
{
    own_module_open();
    own_module.module.view.header.e_entry = (uintptr_t)musl_start - own_module.module.view.bias;
    ck_assert_uint_eq(start_main(&own_module.memory, &own_module.module), (uintptr_t)main);
    ck_assert(start_leads(&own_module.memory, &own_module.module, (uintptr_t)musl_return));
    ck_assert(!start_leads(&own_module.memory, &own_module.module, (uintptr_t)musl_after));
}
END_TEST

START_TEST(test_says_nothing_of_what_does_not_begin_a_program)
{
    own_module_open();
    own_module.module.view.header.e_entry = 0; /* a library */
    ck_assert_uint_eq(start_main(&own_module.memory, &own_module.module), 0);
    own_module.module.view.header.e_entry = 1; /* bytes that are no code */
    ck_assert_uint_eq(start_main(&own_module.memory, &own_module.module), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_finds_main_in_the_first_instructions);
    tcase_add_test(tests, test_finds_main_in_the_second_function);
    tcase_add_test(tests, test_says_nothing_of_what_does_not_begin_a_program);
}
