/* SPDX-License-Identifier: MIT */
/* Ways through code, on functions of this very program. */
#include "code/way.h"
#include "unit.h"
#include "writer/code/own_module.h"

/* Functions without sizes: one with a loop, a branch and a call; one behind it; a switch by a table; one that is cut off by a trap. */
__asm__(".text\n"
        "first: push %rbx\n sub $32, %rsp\n test %rdi, %rdi\n jz 2f\n"
        "1: dec %rdi\n call second\n first_return: jnz 1b\n add $32, %rsp\n pop %rbx\n ret\n"
        "2: ud2\n nop\n first_dead: nop\n"
        "second: push %r12\n second_pushed: call *%rax\n pop %r12\n jmp *%rdi\n"
        "third: sub $8, %rsp\n jmp *(%rdi,%rax,8)\n third_case: add $8, %rsp\n ret\n"
        "fourth: sub $64, %rsp\n jmp fourth_next\n nop\n nop\n fourth_next: add $64, %rsp\n jmp first\n"
        "fifth: jmp fifth\n");

extern const char first[], first_return[], first_dead[], second[], second_pushed[], third[], third_case[],
    fourth[], fourth_next[], fifth[];

static bool leads(const char *from, const char *to)
{
    return way_leads(&own_module.memory, (uintptr_t)from, (uintptr_t)to);
}

START_TEST(test_leads_where_code_runs)
{
    own_module_open();
    ck_assert(leads(first, first));
    ck_assert(leads(first, first_return));
    ck_assert(leads(second, second_pushed));
    ck_assert(leads(fourth, fourth_next));
    ck_assert(!leads(first, second));     /* it returns before */
    ck_assert(!leads(first, first_dead)); /* behind a trap */
    ck_assert(!leads(third, third_case)); /* nobody knows */
    ck_assert(!leads(second, third));     /* a tail call is the end */
    ck_assert(!leads(first_return, fourth));
    ck_assert(!leads(fifth, first));
}
END_TEST

/* The stack pointers of all ends: those of returns come twice, for jumps to registers are tried afterwards. */
static size_t ends;
static bool note_end(void *context, const struct machine *machine)
{
    const uint64_t *want = context;
    ends++;
    ck_assert_uint_eq(machine->registers[MACHINE_RSP].kind, MACHINE_NUMBER);
    ck_assert_uint_eq(machine->registers[MACHINE_RSP].number, *want);
    return false;
}

static size_t ends_from(const char *from, const char *end, uint64_t sp, uint64_t want)
{
    const struct way way = {&own_module.memory, (uintptr_t)from, 0, 0, (uintptr_t)end, note_end, &want};
    struct machine machine = {0};
    machine.registers[MACHINE_RSP] = (struct machine_value){sp, MACHINE_NUMBER};
    ends = 0;
    ck_assert(!way_go(&way, &machine));
    return ends;
}

START_TEST(test_finds_the_returns)
{
    own_module_open();
    ck_assert_uint_eq(ends_from(first, NULL, 0x1000, 0x1000), 2);
    ck_assert_uint_eq(ends_from(first_return, NULL, 0x1000, 0x1028), 2);
    ck_assert_uint_eq(ends_from(second_pushed, NULL, 0x1000, 0x1008), 1); /* the jump at its end */
    ck_assert_uint_eq(ends_from(third, NULL, 0x1000, 0x1000), 0);
    ck_assert_uint_eq(ends_from(fourth, NULL, 0x1000, 0x1000), 2); /* in the function that it jumps to */
    ck_assert_uint_eq(ends_from(fifth, NULL, 0x1000, 0x1000), 0);
    ck_assert_uint_eq(ends_from(second, second_pushed, 0x1000, 0), 0); /* over the end */
    ck_assert_uint_eq(ends_from((const char *)0x10, NULL, 0x1000, 0), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_leads_where_code_runs);
    tcase_add_test(tests, test_finds_the_returns);
}
