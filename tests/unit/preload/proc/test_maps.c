/* SPDX-License-Identifier: MIT */
/* Unit tests of the reader of /proc/PID/maps, on this very process. */
#include <unistd.h>

#include "base/scratch.h"
#include "proc/maps.h"
#include "unit.h"

static void some_code(void)
{
}

START_TEST(maps_find_what_is_mapped)
{
    struct safe_scratch scratch;
    struct safe_maps maps;
    const struct safe_map *map;
    static int data;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_maps_read(&maps, getpid(), &scratch), 0);
    ck_assert_uint_gt(maps.count, 4);
    map = safe_maps_find(&maps, (uint64_t)&maps);
    ck_assert_ptr_nonnull(map);
    ck_assert(safe_map_is(map, "[stack]"));
    map = safe_maps_find(&maps, (uint64_t)&data);
    ck_assert(map && map->writable && map->readable && !map->executable);
    map = safe_maps_find(&maps, (uint64_t)some_code);
    ck_assert(map && map->executable && !map->writable && safe_map_is_file(map));
    ck_assert_ptr_null(safe_maps_find(&maps, 0));
    ck_assert_ptr_null(safe_maps_find(&maps, UINT64_MAX));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, maps_find_what_is_mapped);
}
