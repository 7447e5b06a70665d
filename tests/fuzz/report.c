/* SPDX-License-Identifier: MIT */
/* report.json as 'show' and as 'list' parse it. */
#include "fuzz.h"
#include "read/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char reason[REPORT_REASON_BYTES];
    json_t *report;

    if (report_parse((const char *)bytes, size, &report, reason) == 0)
        json_decref(report);
    if (report_parse_head((const char *)bytes, size, &report, reason) == 0)
        json_decref(report);
    return 0;
}
