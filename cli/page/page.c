/* SPDX-License-Identifier: MIT */
/* See page/page.h. The template is assembled when crumple is built. */
#include "page/page.h"

#include <string.h>

#define DATA_MARK "@DATA@"

/* All bytes of the template, and NUL. */
static const char template[] = {
#include <page.inc>
};

int page_write(const struct rows *rows, const struct group *groups, size_t count,
               const struct page_wish *wish, FILE *to, const char **ret_reason, size_t *ret_unread)
{
    const char *mark = strstr(template, DATA_MARK);

    fwrite(template, 1, (size_t)(mark - template), to);
    int error = page_data_write(rows, groups, count, wish, to, ret_reason, ret_unread);
    fputs(mark + strlen(DATA_MARK), to);
    return error;
}
