/* SPDX-License-Identifier: MIT */
/* A source file's path, as the compiler saw it, and where the file may be below another directory. */
#ifndef CRUMPLE_CLI_LOOKUP_SOURCE_PATH_H
#define CRUMPLE_CLI_LOOKUP_SOURCE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define SOURCE_ENDS_MAX 32

/* Of "/build/game/src/emote.c": "build/game/src/emote.c", "game/src/emote.c", "src/emote.c" and "emote.c". */
struct source_path {
    char text[PATH_MAX];
    const char *ends[SOURCE_ENDS_MAX]; /* in text, the longest first; of a longer path the shortest ones */
    size_t count;
};

/** Takes a path of debug information, which is hostile. '.' and '..' are resolved as words, so none is in the ends, and no end begins with a slash. Of a
 * compiler's own file the ends have three parts at least.
 * Returns false if nothing is left, or if it is too long. */
bool source_path_read(const char *path, struct source_path *ret_path);

/** Whether the name of a file is one that compilers read. A report, which may be a stranger's, chooses the file, and its text may leave the
 * machine on a page: not that of '.env' or of a key that lies in the same tree. */
bool source_path_is_source(const char *path);

#endif
