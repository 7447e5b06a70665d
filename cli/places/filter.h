/* SPDX-License-Identifier: MIT */
/* The options that pick events, the same for each verb that works on several: one place for parsing, help and man pages. */
#ifndef CRUMPLE_CLI_PLACES_FILTER_H
#define CRUMPLE_CLI_PLACES_FILTER_H

#include <stddef.h>

#include "rows/rows.h"
#include "screen/options.h"

#define FILTER_SINCE_HELP                                                                                    \
    "Only events since TIME: RFC 3339, an age such as 90m, 2h, 3d, or a date ('2026-11-30 08:00'), which "   \
    "without a zone is local, as in tables."
#define FILTER_UNTIL_HELP "Only events until TIME."
#define FILTER_WHERE_HELP                                                                                    \
    "Only events whose KEY matches GLOB: a tag's name, {}; tag:NAME is always a tag. May be given several "  \
    "times: all must hold."
#define FILTER_EXE_HELP       "Only events of programs whose path or name matches GLOB."
#define FILTER_SIGNATURE_HELP "Only events whose signature contains TEXT (--json prints signatures)."
#define FILTER_EVENT_HELP     "Only events of this kind: {}. Another program's word: --where event=WORD."

#define FILTER_INDEX_HELP "Read every bundle, also those that ~/.cache/crumple remembers."

#define FILTER_ROW(type, member, name, argument, help, read)                                                 \
    {                                                                                                        \
        0, name, argument, help, read, offsetof(type, member)                                                \
    }

/* Rows of a verb's table of options. type: of its settings; filter: the struct rows_filter in them. */
#define FILTER_OPTIONS(type, filter)                                                                         \
    FILTER_OPTIONS_BUT_EXE(type, filter),                                                                    \
        FILTER_ROW(type, filter.exe, "exe", "GLOB", FILTER_EXE_HELP, options_read_string)

/* show's --exe is a file; --where exe=GLOB does the same. */
#define FILTER_OPTIONS_BUT_EXE(type, filter)                                                                 \
    FILTER_ROW(type, filter.since_us, "since", "TIME", FILTER_SINCE_HELP, options_read_time),                \
        FILTER_ROW(type, filter.until_us, "until", "TIME", FILTER_UNTIL_HELP, options_read_time),            \
        FILTER_ROW(type, filter.where, "where", "KEY=GLOB:" WHERE_KEY_WORDS, FILTER_WHERE_HELP, where_read), \
        FILTER_ROW(type, filter.signature, "signature", "TEXT", FILTER_SIGNATURE_HELP, options_read_string), \
        FILTER_ROW(type, filter.event, "event", "NAME:" WHERE_EVENTS, FILTER_EVENT_HELP,                     \
                   options_read_string),                                                                     \
        FILTER_ROW(type, filter.no_index, "no-index", NULL, FILTER_INDEX_HELP, options_read_flag)

#endif
