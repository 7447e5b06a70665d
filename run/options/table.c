/* SPDX-License-Identifier: MIT */
#include "options/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "crumple_options.h"
#include "crumple_run_options.h"
#include "options/options.h"

#define PRELOAD_PREFIX "CRUMPLE_"

#define RUN_ROW(name, letter, member, kind, argument, fallback, help)                                        \
    {name, letter, offsetof(struct run_settings, member), kind, argument, fallback, help},
const struct run_row run_rows[] = {CRUMPLE_RUN_OPTIONS(RUN_ROW)};
const size_t run_row_count = sizeof run_rows / sizeof *run_rows;

#define PRELOAD_ROW(variable, member, kind, fallback, min, max, help) {#variable, fallback, help},
const struct preload_row preload_rows[] = {CRUMPLE_OPTIONS(PRELOAD_ROW)};
const size_t preload_row_count = sizeof preload_rows / sizeof *preload_rows;

void run_row_variable(const struct run_row *row, char *ret, size_t bytes)
{
    snprintf(ret, bytes, CRUMPLE_RUN_PREFIX "%s", row->name);
    for (char *at = ret; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

void preload_row_name(const struct preload_row *row, char *ret, size_t bytes)
{
    size_t prefix = sizeof PRELOAD_PREFIX - 1;
    const char *rest =
        strncmp(row->variable, PRELOAD_PREFIX, prefix) == 0 ? row->variable + prefix : "ENABLED";
    if (strcmp(rest, "BACKOFF") == 0)
        rest = "THREAD_BACKOFF";
    snprintf(ret, bytes, "%s", rest);
    for (char *at = ret; *at; at++)
        *at = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
}
