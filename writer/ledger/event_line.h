/* SPDX-License-Identifier: MIT */
/* One line of crashes.ndjson, parsed without a tree: a flat object with known members. */
#ifndef CRUMPLE_WRITER_LEDGER_EVENT_LINE_H
#define CRUMPLE_WRITER_LEDGER_EVENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_line.h"

struct event_line {
    struct span event, signature, exe, signal, path, action, decision, routine, peer, reason, scope, name, to,
        how;
    int64_t pid;      /* 0: unknown */
    int64_t time_us;  /* since 1970; -1: unknown */
    uint64_t count;   /* 1 if the line has none */
    uint64_t sockets; /* left open */
    uint64_t backlog_full;
    bool is_suppressed; /* no bundle, by the limits */
    bool has_bundle;    /* had one when the line was written */
};

/** Strings with escapes are unescaped into scratch, whose size must be that of the line at least. Returns 0,
 * or -EBADMSG: not an object, or it has no "event". Unknown members are skipped, nested ones too.
 */
int event_line_parse(const char *line, size_t size, char *scratch, struct event_line *ret_line);

#endif
