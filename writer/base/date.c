/* SPDX-License-Identifier: MIT */
#include "base/date.h"

#include <stdio.h>
#include <time.h>

void date_format(int64_t us, char *ret_text, size_t size)
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm parts;
    char text[32] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &parts))
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret_text, size, "%s.%06uZ", text, (unsigned)(us % 1000000));
}
