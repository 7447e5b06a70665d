/* SPDX-License-Identifier: MIT */
/*
 * Where the files of a report's modules may be: at their own paths, where debug files are installed, and where the command
 * line says. A name is never trusted: whoever opens a file compares its build-id.
 */
#ifndef CRUMPLE_CLI_LOOKUP_SOURCES_H
#define CRUMPLE_CLI_LOOKUP_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#define SOURCES_DIRS_MAX    16
#define SOURCES_FETCHED_MAX 32

/* Zero: nothing but this machine's own places. */
struct sources {
    struct sources_dirs {
        const char *paths[SOURCES_DIRS_MAX];
        size_t count;
    } debug_dirs;
    struct sources_dirs source_dirs; /* texts of source files: lookup/source_text.h */
    struct sources_root {
        const char *path; /* modules' paths below it come before those of this machine; NULL: none */
        char held[32];    /* another name of it, that the sandbox lets pass; or "" */
    } sysroot;
    const char *exe; /* NULL: none */
    bool debuginfod; /* servers may be asked */
    struct sources_fetched {
        char *paths[SOURCES_FETCHED_MAX];
        size_t count;
    } fetched; /* what servers gave: lookup/fetch.h */
};

/** Adds a directory. ret: struct sources_dirs. An options_reader. */
int sources_read_dir(const char *argument, void *ret);

/** Takes a directory. The root of a process (/proc/PID/root) is held open, because nobody can follow that link inside the
 * sandbox. ret: struct sources_root. An options_reader. */
int sources_read_root(const char *argument, void *ret);

/** Whether the directories are there; says which is not. A slip of the finger would look like missing files. */
bool sources_are_there(const struct sources *sources);

/** Frees the paths of what was fetched. */
void sources_clear(struct sources *sources);

/** Takes a path that may be the file. Returns true if no further one is wanted. */
typedef bool sources_take(const char *path, void *context);

/**
 * Names each place where a file with the build-id may be, the module's own first, then debug files. path: a report's, or that
 * of a dwz file as a debug file names it, perhaps relative. sources: NULL is as zero. Returns whether one was taken.
 */
bool sources_each(const struct sources *sources, const char *path, const char *build_id, sources_take *take,
                  void *context);

/** The module's own path below the sysroot, if something is there, else its path. Returns false if it is too long. */
bool sources_own(const struct sources *sources, const char *path, char *ret_path, size_t size);

/** How people call a path that sources_each or sources_own gave: it may be the path itself. Returns false if that is too long. */
bool sources_shown(const struct sources *sources, const char *path, char *ret_path, size_t size);

#define SOURCES_PATHS_MAX (2 * SOURCES_DIRS_MAX + SOURCES_FETCHED_MAX + 2)

/** All paths that the command line and servers gave, for the sandbox. Returns their number. */
size_t sources_paths(const struct sources *sources, const char *ret_paths[static SOURCES_PATHS_MAX]);

#endif
