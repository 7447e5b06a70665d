/* SPDX-License-Identifier: MIT */
#include "amounts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

void amount_bytes(uint64_t bytes, char ret_text[AMOUNT_BYTES])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    uint64_t size = 1024;
    if (bytes < size) {
        snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 " bytes", bytes);
        return;
    }
    while (unit + 1 < sizeof units / sizeof *units && bytes / size >= 1024) {
        size *= 1024;
        unit++;
    }
    const unsigned tenth = (unsigned)(bytes % size * 10 / size);
    if (tenth)
        snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 ".%u %s", bytes / size, tenth, units[unit]);
    else
        snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 " %s", bytes / size, units[unit]);
}

void amount_time(uint64_t ms, char ret_text[AMOUNT_BYTES])
{
    static const struct {
        const char *name, *below;
        uint64_t s, below_s;
    } units[] = {{"d", "h", 86400, 3600}, {"h", "min", 3600, 60}, {"min", "s", 60, 1}};
    const uint64_t s = ms / 1000;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (s < units[i].s)
            continue;
        const uint64_t rest = s % units[i].s / units[i].below_s;
        if (rest)
            snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 " %s %" PRIu64 " %s", s / units[i].s, units[i].name,
                     rest, units[i].below);
        else
            snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 " %s", s / units[i].s, units[i].name);
        return;
    }
    snprintf(ret_text, AMOUNT_BYTES, "%" PRIu64 " %s", s ? s : ms, s ? "s" : "ms");
}
