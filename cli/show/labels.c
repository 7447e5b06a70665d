/* SPDX-License-Identifier: MIT */
/* Lines 'label value' of a header. */
#include <stdio.h>

#include "base/text.h"
#include "show/show.h"

void show_put_label(const struct show *show, const char *label)
{
    printf("  %s%-10s%s ", show->colors.faint, label, show->colors.reset);
}

void show_put_member(const struct show *show, const char *label, const char *value)
{
    if (!value || !*value)
        return;
    show_put_label(show, label);
    text_put(stdout, value);
    putchar('\n');
}

void show_put_source(const char *file, int64_t line)
{
    if (!file)
        return;
    fputs(" at ", stdout);
    text_put(stdout, file);
    if (line > 0)
        printf(":%lld", (long long)line);
}
