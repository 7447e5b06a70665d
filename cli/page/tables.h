/* SPDX-License-Identifier: MIT */
/* What all parts of a page share. */
#ifndef CRUMPLE_CLI_PAGE_TABLES_H
#define CRUMPLE_CLI_PAGE_TABLES_H

#include <stdbool.h>

#include "page/frames.h"
#include "page/strings.h"

struct page_tables {
    struct page_strings *strings;
    struct page_frames *frames;
    bool full; /* nothing is scrubbed */
};

#endif
