/* SPDX-License-Identifier: MIT */
#include "context/wait_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void wait_text_add(struct thread_wait *wait, const char *format, ...)
{
    const size_t used = strlen(wait->text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(wait->text + used, sizeof wait->text - used, format, arguments);
    va_end(arguments);
}

void wait_text_add_time(struct thread_wait *wait, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
    const size_t last = sizeof units / sizeof units[0] - 1;
    size_t unit = 0;
    if (ns < 0) {
        wait_text_add(wait, "a time that is not known");
        return;
    }
    while (unit < last && ns < units[unit].ns)
        unit++;
    const int64_t thousandths = ns % units[unit].ns * 1000 / units[unit].ns;
    char fraction[16] = "";
    if (thousandths)
        snprintf(fraction, sizeof fraction, ".%03d", (int)thousandths);
    for (size_t end = strlen(fraction); end && fraction[end - 1] == '0'; end--)
        fraction[end - 1] = '\0';
    wait_text_add(wait, "%" PRId64 "%s %s", ns / units[unit].ns, fraction, units[unit].name);
}
