/* SPDX-License-Identifier: MIT */
/* Unit tests of what frames point to: two levels, bounded, and only what may be read. */
#include "memory/pointed.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/scratch.h"
#include "proc/proc.h"
#include "unit.h"

#define PAGE 4096

static struct safe_scratch scratch;
static struct safe_maps maps;
static struct safe_segments list;
static struct safe_pointed pointed;

/* A page for each object, so that nothing is kept only because it is near. */
static uint64_t *object(int protection)
{
    void *memory = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(memory != MAP_FAILED);
    uint64_t *middle = (uint64_t *)((char *)memory + PAGE);
    ck_assert_int_eq(mprotect(middle, PAGE, protection), 0);
    return middle;
}

static bool is_kept(const void *address, size_t size)
{
    const uint64_t at = (uint64_t)(uintptr_t)address;
    for (uint32_t i = 0; i < list.count; i++)
        if (at >= list.segment[i].start && at + size <= list.segment[i].end)
            return true;
    return false;
}

static void begin(void)
{
    safe_scratch_open(&scratch);
    safe_proc_find(getpid());
    ck_assert_int_eq(safe_maps_read(&maps, getpid(), &scratch), 0);
    ck_assert_int_eq(safe_segments_open(&list, 4096, &scratch), 0);
}

static ucontext_t context_at(const void *stack)
{
    ucontext_t context;
    memset(&context, 0, sizeof context);
    context.uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)stack;
    return context;
}

START_TEST(two_levels_from_the_stack_and_from_registers)
{
    uint64_t stack[64] = {0};
    uint64_t *first = object(PROT_READ | PROT_WRITE), *second = object(PROT_READ | PROT_WRITE);
    uint64_t *third = object(PROT_READ | PROT_WRITE), *by_register = object(PROT_READ | PROT_WRITE);
    uint64_t *constant = object(PROT_READ | PROT_WRITE);
    stack[40] = (uint64_t)(uintptr_t)first;
    first[3] = (uint64_t)(uintptr_t)second;
    first[4] = (uint64_t)(uintptr_t)constant;
    second[0] = (uint64_t)(uintptr_t)third;
    ck_assert_int_eq(mprotect(constant, PAGE, PROT_READ), 0);
    begin();
    ucontext_t context = context_at(stack);
    context.uc_mcontext.gregs[REG_RBX] = (greg_t)(uintptr_t)(by_register + 100);
    safe_pointed_add(&pointed, &list, &maps, &context);
    ck_assert(is_kept(first, 256));
    ck_assert(is_kept(by_register + 100 - 16, 128 + 256)); /* a register may lead into the middle */
    ck_assert(!is_kept(second, 8));
    safe_pointed_add_second(&pointed, &list, &maps);
    ck_assert(is_kept(second, 256));
    ck_assert(!is_kept(third, 8));
    ck_assert(!is_kept(constant, 8)); /* the module's file has it */
}
END_TEST

START_TEST(nonsense_leads_nowhere)
{
    uint64_t stack[64];
    uint64_t *gone = object(PROT_NONE);
    for (int i = 0; i < 64; i++)
        stack[i] = i % 3 == 0 ? (uint64_t)(uintptr_t)gone : i % 3 == 1 ? 4711 : UINT64_MAX - 7;
    begin();
    ucontext_t context = context_at(stack);
    for (int i = 0; i <= REG_RIP; i++)
        if (i != REG_RSP)
            context.uc_mcontext.gregs[i] = i % 2 ? -8 : 70000;
    safe_pointed_add(&pointed, &list, &maps, &context);
    safe_pointed_add_second(&pointed, &list, &maps);
    ck_assert(!is_kept(gone, 1));
    context = context_at((void *)8);
    safe_pointed_add(&pointed, &list, &maps, &context);
    ck_assert_uint_eq(pointed.count, 0);
}
END_TEST

START_TEST(it_is_bounded)
{
    static uint64_t *many[600];
    uint64_t stack[1024];
    for (int i = 0; i < 600; i++) {
        many[i] = object(PROT_READ | PROT_WRITE);
        for (int k = 0; k < 32 && i; k++)
            many[i][k] = (uint64_t)(uintptr_t)many[(i * 7 + k) % i] + (uint64_t)k * 64;
    }
    memset(stack, 0, sizeof stack);
    for (int i = 0; i < 600; i++)
        stack[i] = (uint64_t)(uintptr_t)many[i];
    begin();
    ucontext_t context = context_at(stack);
    safe_pointed_add(&pointed, &list, &maps, &context);
    ck_assert_uint_eq(pointed.count, SAFE_POINTED_FIRST_MAX);
    const uint32_t first = list.count;
    safe_pointed_add_second(&pointed, &list, &maps);
    ck_assert_uint_le(list.count - first, SAFE_POINTED_SECOND_MAX);
    ck_assert(!list.overflow);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, two_levels_from_the_stack_and_from_registers);
    tcase_add_test(tests, nonsense_leads_nowhere);
    tcase_add_test(tests, it_is_bounded);
}
