/* SPDX-License-Identifier: MIT */
#include "cgo/lines.h"

#include <string.h>

#include "go_line.h"

static bool is_unexpected(const char *line, size_t size)
{
    static const char words[] = "fatal error: unexpected signal during runtime execution";
    return size == sizeof words - 1 && memcmp(line, words, size) == 0;
}

/* A line is whole. True: it is the second one of a pair. */
static bool end_line(struct cgo_lines *lines, struct cgo_fault *ret)
{
    const char *line = lines->line;
    size_t size = lines->used;
    const enum cgo_line before = lines->last;
    bool is_found = false;
    if (size && line[size - 1] == '\r') /* of a terminal */
        size--;
    lines->last = CGO_LINE_OTHER;
    if (before == CGO_LINE_SIGNAL && go_line_kind(line, size) == GO_LINE_PC)
        is_found = go_line_number(line, size, "PC", &ret->pc);
    else if (before == CGO_LINE_UNEXPECTED && go_line_kind(line, size) == GO_LINE_SIGNAL_DETAIL)
        is_found = size && go_line_number(line, size - 1, "pc", &ret->pc); /* without the bracket */
    else if (size && line[0] == 'S' && go_line_kind(line, size) == GO_LINE_SIGNAL)
        lines->last = CGO_LINE_SIGNAL;
    else if (is_unexpected(line, size))
        lines->last = CGO_LINE_UNEXPECTED;
    if (is_found)
        ret->is_call = before == CGO_LINE_UNEXPECTED;
    return is_found;
}

bool cgo_lines_feed(struct cgo_lines *lines, const char *bytes, size_t count, struct cgo_fault *ret)
{
    bool is_found = false;
    while (count) {
        const char *newline = memchr(bytes, '\n', count);
        const size_t part = newline ? (size_t)(newline - bytes) : count, room = CGO_LINE_BYTES - lines->used;
        const size_t taken = part < room ? part : room;
        memcpy(lines->line + lines->used, bytes, taken);
        lines->used += taken;
        lines->is_long = lines->is_long || taken < part;
        if (newline) {
            if (lines->is_long)
                lines->last = CGO_LINE_OTHER;
            else if (end_line(lines, ret))
                is_found = true;
            lines->used = 0;
            lines->is_long = false;
        }
        bytes += part + (newline != NULL);
        count -= part + (newline != NULL);
    }
    return is_found;
}
