/* SPDX-License-Identifier: MIT */
/* Unit tests of how near a module is: what a core with too little room leaves out first. */
#include <string.h>

#include "base/scratch.h"
#include "memory/called.h"
#include "state/config.h"
#include "unit.h"

static struct crumple_config config = {.exe_file = "/bin/server", .r_debug = 0x50100};

static const char text[] = "10000-11000 r--p 00000000 08:01 1 /bin/server\n"
                           "11000-12000 r-xp 00001000 08:01 1 /bin/server\n"
                           "20000-21000 r-xp 00000000 08:01 2 /lib/near.so\n"
                           "21000-22000 rw-p 00001000 08:01 2 /lib/near.so\n"
                           "30000-31000 r-xp 00000000 08:01 3 /lib/others.so\n"
                           "40000-41000 r-xp 00000000 08:01 4 /lib/far.so\n"
                           "41000-42000 rw-p 00001000 08:01 4 /lib/far.so\n"
                           "50000-51000 r-xp 00000000 08:01 5 /lib/ld.so\n"
                           "60000-61000 r-xp 00000000 08:01 6 /lib/pc.so\n";

static void load(struct safe_maps *ret_maps, struct safe_scratch *scratch)
{
    size_t room;
    crumple_config = &config;
    safe_scratch_open(scratch);
    char *at = safe_scratch_rest(scratch, &room);
    memcpy(at, text, sizeof text);
    ck_assert_int_eq(safe_maps_parse(ret_maps, at, sizeof text - 1, scratch), 0);
}

static enum safe_called of(const struct safe_maps *maps, uint64_t address)
{
    struct safe_module module;
    for (uint32_t at = 0; safe_modules_next(maps, &at, &module);)
        if (maps->map[module.first].start == address)
            return safe_called_of(maps, &module);
    ck_abort_msg("no such module");
}

START_TEST(modules_are_as_near_as_the_nearest_stack_that_leads_to_them)
{
    struct safe_scratch scratch;
    struct safe_maps maps;
    /* A word into data leads nowhere. */
    const uint64_t own[] = {7, 0x20500, 0x41500, 0xdead0000}, others[] = {0x20600, 0x30001, 0};
    const struct safe_segment own_stack = {(uint64_t)own, (uint64_t)(own + 4)};
    const struct safe_segment other_stack = {(uint64_t)others, (uint64_t)(others + 3)};
    load(&maps, &scratch);
    safe_called_mark(&maps, 0x60008, &own_stack, SAFE_CALLED_BY_FAULTING);
    safe_called_mark(&maps, 0, &other_stack, SAFE_CALLED_BY_OTHERS);
    ck_assert_int_eq(of(&maps, 0x10000), SAFE_CALLED_BY_FAULTING); /* the executable, always */
    ck_assert_int_eq(of(&maps, 0x20000), SAFE_CALLED_BY_FAULTING); /* by both */
    ck_assert_int_eq(of(&maps, 0x30000), SAFE_CALLED_BY_OTHERS);
    ck_assert_int_eq(of(&maps, 0x40000), SAFE_CALLED_BY_NOBODY);
    ck_assert_int_eq(of(&maps, 0x50000), SAFE_CALLED_BY_FAULTING); /* the loader, always */
    ck_assert_int_eq(of(&maps, 0x60000), SAFE_CALLED_BY_FAULTING); /* by the program counter */
}
END_TEST

START_TEST(a_deep_stack_is_searched_at_its_ends)
{
    static uint64_t deep[1 << 16];
    const struct safe_segment stack = {(uint64_t)deep, (uint64_t)(deep + (1 << 16))};
    struct safe_scratch scratch;
    struct safe_maps maps;
    load(&maps, &scratch);
    deep[100] = 0x20500;
    deep[1 << 15] = 0x40500;
    deep[(1 << 16) - 100] = 0x30500;
    safe_called_mark(&maps, 0, &stack, SAFE_CALLED_BY_OTHERS);
    ck_assert_int_eq(of(&maps, 0x20000), SAFE_CALLED_BY_OTHERS);
    ck_assert_int_eq(of(&maps, 0x30000), SAFE_CALLED_BY_OTHERS);
    ck_assert_int_eq(of(&maps, 0x40000), SAFE_CALLED_BY_NOBODY);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, modules_are_as_near_as_the_nearest_stack_that_leads_to_them);
    tcase_add_test(tests, a_deep_stack_is_searched_at_its_ends);
}
