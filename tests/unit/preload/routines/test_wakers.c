/* SPDX-License-Identifier: MIT */
/* Unit tests of what the code of a start routine can wake. */
#include <link.h>
#include <sys/mman.h>

#include "routines.h"
#include "routines/wakers.h"
#include "state/config.h"

const struct crumple_config *crumple_config;

static const char *const libraries[] = {"wakers_stubs.so", "wakers_slots.so"};
static const struct {
    const char *what;
    bool wakes;
} routines[] = {
    {"the last one wakes", true},
    {"a function that it calls wakes", true},
    {"a function three calls away wakes", false},
    {"the object's last function wakes", true},
    {"it waits, and wakes nobody", false},
};

START_TEST(a_routine_that_can_wake_is_known_by_its_code)
{
    const int which = _i % 5;
    routine *(*routine_of)(int);
    *(void **)&routine_of = dlsym(load(library(libraries[_i / 5])), "routine_of");
    ck_assert_msg(found(routine_of(which), NULL)->wakes == routines[which].wakes, "%s", routines[which].what);
}
END_TEST

static bool wakes(uint64_t address)
{
    struct routines_map map;
    ck_assert_int_eq(routines_map_open(&map), 0);
    bool answer = routines_wakes(&map, address);
    routines_map_close(&map);
    return answer;
}

START_TEST(what_is_no_function_wakes_nobody)
{
    routine *(*routine_of)(int);
    *(void **)&routine_of = dlsym(load(library("wakers_stubs.so")), "routine_of");
    ck_assert(wakes((uint64_t)routine_of(0)));
    ck_assert(!wakes((uint64_t)routine_of(0) + 1)); /* its middle */
    ck_assert(!wakes((uint64_t)libraries));
    ck_assert(!wakes(0));
    ck_assert(!wakes(UINT64_MAX));
}
END_TEST

/* The kernel lets such code run, and, where the processor has protection keys, run only. */
static int take_read_permission(struct dl_phdr_info *info, size_t size, void *function)
{
    uint64_t page = (uint64_t)info->dlpi_phdr & ~UINT64_C(4095);
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        Elf64_Phdr *p = (Elf64_Phdr *)&info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) ||
            (uint64_t)function - info->dlpi_addr - p->p_vaddr >= p->p_memsz)
            continue;
        ck_assert_int_eq(mprotect((void *)page, 4096, PROT_READ | PROT_WRITE), 0);
        p->p_flags = PF_X;
        return 1;
    }
    return 0;
}

START_TEST(code_that_may_not_be_read_is_left_alone)
{
    routine *(*routine_of)(int);
    *(void **)&routine_of = dlsym(load(library("wakers_stubs.so")), "routine_of");
    void *function = (void *)(uint64_t)routine_of(0);
    ck_assert(wakes((uint64_t)function));
    ck_assert_int_eq(dl_iterate_phdr(take_read_permission, function), 1);
    ck_assert(!wakes((uint64_t)function));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, a_routine_that_can_wake_is_known_by_its_code, 0, 10);
    tcase_add_test(tests, code_that_may_not_be_read_is_left_alone);
    tcase_add_test(tests, what_is_no_function_wakes_nobody);
}
