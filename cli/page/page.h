/* SPDX-License-Identifier: MIT */
/* One HTML file that needs no other: style and script (*.css, *.js of this folder) with the data in their midst. */
#ifndef CRUMPLE_CLI_PAGE_PAGE_H
#define CRUMPLE_CLI_PAGE_PAGE_H

#include "page/data.h"

/** As page_data_write, with the page around it. */
int page_write(const struct rows *rows, const struct group *groups, size_t count,
               const struct page_wish *wish, FILE *to, const char **ret_reason, size_t *ret_unread);

#endif
