/* SPDX-License-Identifier: MIT */
/* The facts in a log line, as tags: which match, which tick, which user. */
#ifndef CRUMPLE_WRITER_GOLANG_LOGGED_TAGS_H
#define CRUMPLE_WRITER_GOLANG_LOGGED_TAGS_H

#include "crash/words.h"
#include "log_line.h"

/**
 * The scalar members of a JSON line but those that every line has; 'key=value' among the words of "panic serving WORDS: ..."; the
 * peer of net/http's. Nakama's short names become match_id, user_id and session_id. What looks secret is left out.
 */
void logged_tags_find(struct span line, const struct log_line *read, const struct log_line_panic *panic,
                      struct logged_tags *ret);

/** Adds one by these rules. */
void logged_tags_add(struct logged_tags *tags, struct span key, struct span value);

#endif
