/* SPDX-License-Identifier: MIT */
/* One line that is a JSON object, taken apart member by member, without a tree and without memory of its own. */
#ifndef CRUMPLE_GOLANG_JSON_LINE_H
#define CRUMPLE_GOLANG_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* A text inside of the line or of its scratch memory, not ended by NUL; bytes NULL: none. */
struct span {
    const char *bytes;
    size_t size;
};

/** Whether the span is that text; a NULL span is no text. */
bool span_is(struct span span, const char *text);

struct json_line {
    const char *at, *end;
    char *scratch;
    bool is_first;
};

struct json_member {
    struct span key, value; /* of another value than a text: as it stands in the line */
    bool is_text;
    bool is_cut; /* the line ends within this text */
};

enum json_line_step {
    JSON_LINE_DAMAGED = -1, /* no object, or the line ends before the object does */
    JSON_LINE_END = 0,      /* of the object; nothing but blanks is behind it */
    JSON_LINE_MEMBER = 1
};

/** Strings with escapes are unescaped into scratch, whose size must be that of the line at least. */
void json_line_begin(struct json_line *line, const char *text, size_t size, char *scratch);

/** The next member. Nested values are skipped as a whole. */
enum json_line_step json_line_next(struct json_line *line, struct json_member *ret);

#endif
