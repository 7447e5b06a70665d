/* SPDX-License-Identifier: MIT */
/*
 * Log lines that tell of an error which a Go server survived: a panic that somebody recovered, or a function of a module that failed.
 * The texts are those of net/http (server.go), x/net/http2, gin's and echo's Recovery, and of Nakama's runtimes (match_handler.go,
 * runtime_lua.go, runtime_javascript.go, matchmaker.go, leaderboard_scheduler.go, storage_index.go). A line is hostile: players
 * choose parts of it.
 */
#ifndef CRUMPLE_GOLANG_LOG_LINE_H
#define CRUMPLE_GOLANG_LOG_LINE_H

#include "json_line.h"

/* A line of a logger: JSON as zap writes it for Nakama (also with logger.format: stackdriver), slog, zerolog and logrus; or any text. */
struct log_line {
    bool is_json;
    bool is_error;                   /* JSON: of a level from warn on, but no fatal one: then the end tells */
    struct span level;               /* as the line has it; NULL: none */
    struct span message;             /* of text: the line without its end */
    struct span error, caller, time; /* JSON; NULL: none */
};

/** Takes the line apart, without its '\n'. Texts may lie in scratch, whose size must be that of the line at least. A JSON line
 * that is cut has what came before the cut. */
void log_line_read(const char *line, size_t size, char *scratch, struct log_line *ret);

/** Whether the line tells of such an error. */
bool log_line_tells(const struct log_line *line);

/** Whether it is a logger's line of JSON, at a level below warn: what a server says while all is well. */
bool log_line_is_calm(const struct log_line *line);

/** Whether a line tells of a panic that was recovered, and not of an error that a function returned. */
bool log_line_is_panic(const struct log_line *line);

/** Two quick looks: if both are false, log_line_tells is false for sure. The first is of a line, the second of any bytes. */
bool log_line_begins_as_error(const char *line, size_t size);
bool log_line_has_panic(const char *bytes, size_t size);

/** Whether a member of a JSON log line is one that every line has (level, time, message ...), and so no fact of its event. */
bool log_line_is_common(struct span key);

/* What a text "... panic serving WORDS: MESSAGE" has; spans of the text. */
struct log_line_panic {
    struct span words;   /* NULL: another text */
    struct span message; /* the rest, up to the stack that follows it */
    struct span stack;   /* from "goroutine 7 [running]:" on; NULL: none */
    bool is_http;        /* words are the peer's address */
};

/** Takes the text of a recovered panic apart; of any other text message is its first line, and so it is
 * without a stack. */
void log_line_panic(struct span text, struct log_line_panic *ret);

#endif
