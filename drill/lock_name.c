/* SPDX-License-Identifier: MIT */
/* Which lock: see lock_name.h. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "lock_name.h"
#include "sites/maps.h"
#include "read/bundle.h"
#include "read/report.h"

static void name_address(const json_t *report, uint64_t address, char *ret_name, size_t size)
{
    const json_t *module;
    size_t i;

    snprintf(ret_name, size, "in memory of no module (heap, stack)");
    json_array_foreach(json_object_get(report, "modules"), i, module)
    {
        const char *path = report_string(module, "path");
        uint64_t base, end;

        if (path && report_address(module, "base", &base) == 0 && report_address(module, "end", &end) == 0 &&
            address >= base && address < end)
            drill_maps_name(path, address - base, ret_name, size);
    }
}

static void name_in(const json_t *report, char *ret_name, size_t size)
{
    const json_t *recovery = json_object_get(report, "recovery");
    uint64_t address;

    if (report_address(recovery, "lock", &address) == 0)
        name_address(report, address, ret_name, size);
}

void drill_lock_name(const char *bundle, char *ret_name, size_t size)
{
    char reason[REPORT_REASON_BYTES];
    struct bundle_reader *reader = NULL;
    const char *text;
    bool is_complete;
    size_t len;
    json_t *report;

    ret_name[0] = '\0';
    int fd = *bundle ? open(bundle, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (bundle_open(fd, &reader) == 0 &&
        bundle_read_report(reader, SIZE_MAX, &text, &len, &is_complete) == 0 &&
        report_parse(text, len, &report, reason) == 0) {
        name_in(report, ret_name, size);
        json_decref(report);
    }
    bundle_close(reader);
    close(fd);
}
