/* SPDX-License-Identifier: MIT */
/* Units by address: see lookup/units.h. */
#include <errno.h>
#include <stdlib.h>

#include "lookup/units.h"

/* More than the largest browsers have. A damaged file may have as many as it likes. */
#define UNITS_MAX  1000000
#define RANGES_MAX 4000000

struct range {
    Dwarf_Addr low, high;
    Dwarf_Off unit; /* offset of its entry */
};

struct units {
    Dwarf *dwarf;
    struct range *ranges; /* by their low ends */
    size_t count, room;
};

static int add(struct units *units, const struct range *range)
{
    if (units->count == units->room) {
        size_t room = units->room ? units->room * 2 : 1024;
        struct range *grown = realloc(units->ranges, room * sizeof *grown);

        if (!grown)
            return -ENOMEM;
        units->ranges = grown;
        units->room = room;
    }
    units->ranges[units->count++] = *range;
    return 0;
}

static int add_unit(struct units *units, Dwarf_Die *unit)
{
    struct range range = {.unit = dwarf_dieoffset(unit)};
    Dwarf_Addr base;
    int error = 0;

    for (ptrdiff_t at = 0; error == 0 && units->count < RANGES_MAX;) {
        at = dwarf_ranges(unit, at, &base, &range.low, &range.high);
        if (at <= 0)
            break;
        if (range.low < range.high)
            error = add(units, &range);
    }
    return error;
}

static int by_low(const void *left, const void *right)
{
    const struct range *a = left, *b = right;

    return a->low < b->low ? -1 : a->low > b->low;
}

struct units *units_new(Dwarf *dwarf)
{
    struct units *units = calloc(1, sizeof *units);
    Dwarf_Off at = 0, next;
    size_t header;
    int error = units ? 0 : -ENOMEM;

    if (units)
        units->dwarf = dwarf;
    for (size_t i = 0; error == 0 && i < UNITS_MAX && units->count < RANGES_MAX; i++, at = next) {
        Dwarf_Die unit;

        if (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) != 0)
            break;
        if (dwarf_offdie(dwarf, at + header, &unit))
            error = add_unit(units, &unit);
    }
    if (error < 0) {
        units_free(units);
        return NULL;
    }
    if (units->count > 0)
        qsort(units->ranges, units->count, sizeof *units->ranges, by_low);
    return units;
}

bool units_is_empty(const struct units *units)
{
    return units->count == 0;
}

void units_free(struct units *units)
{
    if (units)
        free(units->ranges);
    free(units);
}

bool units_find(const struct units *units, Dwarf_Addr address, Dwarf_Die *ret_unit)
{
    size_t low = 0, high = units->count; /* the last range that begins at the address or before it */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (units->ranges[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < units->ranges[low - 1].high &&
           dwarf_offdie(units->dwarf, units->ranges[low - 1].unit, ret_unit) != NULL;
}
